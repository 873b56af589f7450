/**
 * The commands about volumes, without loading any of them.
 *
 * @module
 */

import type { CommandEntry } from "../command_line/mod.ts";

/** The commands about volumes. */
export const VOLUME_COMMANDS: readonly CommandEntry[] = [
  {
    names: ["volume create"],
    summary: "Create a volume",
    load: async () => (await import("./volume_create.ts")).volumeCreate,
  },
  {
    names: ["volume inspect"],
    summary: "Display detailed information on one or more volumes",
    load: async () => (await import("./volume_inspect.ts")).volumeInspect,
  },
  {
    names: ["volume ls", "volume list"],
    summary: "List volumes",
    load: async () => (await import("./volume_ls.ts")).volumeLs,
  },
  {
    names: ["volume prune"],
    summary: "Remove unused local volumes",
    load: async () => (await import("./volume_prune.ts")).volumePrune,
  },
  {
    names: ["volume rm", "volume remove"],
    summary: "Remove one or more volumes",
    load: async () => (await import("./volume_rm.ts")).volumeRm,
  },
];
