/**
 * The commands about an instance as a whole, without loading any of them.
 *
 * @module
 */

import type { CommandEntry } from "../../command_line/mod.ts";

/** The commands about an instance as a whole. */
export const SYSTEM_COMMANDS: readonly CommandEntry[] = [
  {
    names: ["info", "system info"],
    summary: "Display system-wide information",
    common: true,
    load: async () => (await import("./info.ts")).info,
  },
  {
    names: ["version"],
    summary: "Show the version information",
    common: true,
    load: async () => (await import("./version.ts")).version,
  },
  {
    names: ["system supervisor"],
    summary: "Show the process that holds the running containers",
    load: async () => (await import("./supervisor.ts")).systemSupervisor,
  },
  {
    names: ["system df"],
    summary: "Show disk usage",
    load: async () => (await import("./df.ts")).systemDf,
  },
  {
    names: ["system prune"],
    summary: "Remove unused data",
    load: async () => (await import("./prune.ts")).systemPrune,
  },
  {
    names: ["system check"],
    summary: "Check images, containers and volumes for damage, and repair it",
    load: async () => (await import("./check.ts")).systemCheck,
  },
  {
    names: ["system boot"],
    summary: "Start the containers that should run, after a reboot",
    load: async () => (await import("./boot.ts")).systemBoot,
  },
  {
    names: ["system shutdown"],
    summary: "Stop all containers before the machine goes down",
    load: async () => (await import("./shutdown.ts")).systemShutdown,
  },
  {
    names: ["system reconcile"],
    summary: "Put right what differs from what is on record, and say what it was",
    load: async () => (await import("./reconcile.ts")).systemReconcile,
  },
  {
    names: ["system reset"],
    summary: "Remove everything: containers, images, networks, state",
    load: async () => (await import("./reset.ts")).systemReset,
  },
  {
    names: ["generate systemd"],
    summary: "Write a systemd unit that starts containers with the machine, and stops them with it",
    load: async () => (await import("./generate_systemd.ts")).generateSystemd,
  },
];
