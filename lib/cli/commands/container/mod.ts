/**
 * The commands about containers, without loading any of them.
 *
 * @module
 */

import type { CommandEntry } from "../../command_line/mod.ts";

/** The commands about containers. */
export const CONTAINER_COMMANDS: readonly CommandEntry[] = [
  {
    names: ["run", "container run"],
    summary: "Create and run a new container from an image",
    common: true,
    load: async () => (await import("./run.ts")).run,
  },
  {
    names: ["ps", "container ls", "container list", "container ps"],
    summary: "List containers",
    common: true,
    load: async () => (await import("./ps.ts")).ps,
  },
  {
    names: ["rm", "container rm", "container remove"],
    summary: "Remove one or more containers",
    load: async () => (await import("./rm.ts")).rm,
  },
  {
    names: ["top", "container top"],
    summary: "Display the running processes of a container",
    load: async () => (await import("./top.ts")).top,
  },
  {
    names: ["stats", "container stats"],
    summary: "Display a live stream of resource usage of containers",
    load: async () => (await import("./stats.ts")).stats,
  },
  {
    names: ["port", "container port"],
    summary: "List the port mappings of a container",
    load: async () => (await import("./port.ts")).port,
  },
  {
    names: ["diff", "container diff"],
    summary: "Inspect changes to a container's files",
    load: async () => (await import("./diff.ts")).diff,
  },
  {
    names: ["commit", "container commit"],
    summary: "Create a new image from a container's changes",
    load: async () => (await import("./commit.ts")).commit,
  },
  {
    names: ["export", "container export"],
    summary: "Write a container's root file system to an archive",
    load: async () => (await import("./export.ts")).exportCommand,
  },
  {
    names: ["container prune"],
    summary: "Remove all stopped containers",
    load: async () => (await import("./prune.ts")).containerPrune,
  },
  {
    names: ["events"],
    summary: "Follow what happens to containers and images",
    load: async () => (await import("../system/events.ts")).events,
  },
  {
    names: ["exec", "container exec"],
    summary: "Execute a command in a running container",
    common: true,
    load: async () => (await import("./exec.ts")).exec,
  },
  {
    names: ["logs", "container logs"],
    summary: "Fetch the logs of a container",
    common: true,
    load: async () => (await import("./logs.ts")).logs,
  },
  {
    names: ["inspect"],
    summary: "Return low-level information on containers and images",
    load: async () => (await import("../system/inspect.ts")).inspect,
  },
  {
    names: ["container inspect"],
    summary: "Display detailed information on one or more containers",
    load: async () => (await import("../system/inspect.ts")).containerInspect,
  },
  {
    names: ["attach", "container attach"],
    summary: "Attach local standard input, output, and error streams to a running container",
    load: async () => (await import("./attach.ts")).attach,
  },
  {
    names: ["cp", "container cp"],
    summary: "Copy files/folders between a container and the local filesystem",
    load: async () => (await import("./cp.ts")).cp,
  },
  {
    names: ["create", "container create"],
    summary: "Create a new container",
    load: async () => (await import("./create.ts")).create,
  },
  {
    names: ["start", "container start"],
    summary: "Start one or more stopped containers",
    load: async () => (await import("./start.ts")).start,
  },
  {
    names: ["stop", "container stop"],
    summary: "Stop one or more running containers",
    load: async () => (await import("./stop.ts")).stop,
  },
  {
    names: ["restart", "container restart"],
    summary: "Restart one or more containers",
    load: async () => (await import("./restart.ts")).restart,
  },
  {
    names: ["kill", "container kill"],
    summary: "Kill one or more running containers",
    load: async () => (await import("./kill.ts")).kill,
  },
  {
    names: ["pause", "container pause"],
    summary: "Pause all processes within one or more containers",
    load: async () => (await import("./pause.ts")).pause,
  },
  {
    names: ["unpause", "container unpause"],
    summary: "Unpause all processes within one or more containers",
    load: async () => (await import("./unpause.ts")).unpause,
  },
  {
    names: ["update", "container update"],
    summary: "Update configuration of one or more containers",
    load: async () => (await import("./update.ts")).update,
  },
  {
    names: ["wait", "container wait"],
    summary: "Block until one or more containers stop, then print their exit codes",
    load: async () => (await import("./wait.ts")).wait,
  },
  {
    names: ["rename", "container rename"],
    summary: "Rename a container",
    load: async () => (await import("./rename.ts")).rename,
  },
];
