/**
 * The commands about volumes, without loading any of them.
 *
 * @module
 */

import type { CommandEntry } from "../../command_line/mod.ts";

/** The commands about volumes. */
export const VOLUME_COMMANDS: readonly CommandEntry[] = [
  {
    names: ["volume create"],
    summary: "Create a volume",
    load: async () => (await import("./create.ts")).volumeCreate,
  },
  {
    names: ["volume inspect"],
    summary: "Display detailed information on one or more volumes",
    load: async () => (await import("./inspect.ts")).volumeInspect,
  },
  {
    names: ["volume ls", "volume list"],
    summary: "List volumes",
    load: async () => (await import("./ls.ts")).volumeLs,
  },
  {
    names: ["volume prune"],
    summary: "Remove unused local volumes",
    load: async () => (await import("./prune.ts")).volumePrune,
  },
  {
    names: ["volume rm", "volume remove"],
    summary: "Remove one or more volumes",
    load: async () => (await import("./rm.ts")).volumeRm,
  },
];
