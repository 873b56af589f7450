/**
 * The commands about containers, without loading any of them.
 *
 * @module
 */

import type { CommandEntry } from "../command_line/mod.ts";

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
    names: ["inspect"],
    summary: "Return low-level information on containers and images",
    load: async () => (await import("./inspect.ts")).inspect,
  },
  {
    names: ["container inspect"],
    summary: "Display detailed information on one or more containers",
    load: async () => (await import("./inspect.ts")).containerInspect,
  },
];
