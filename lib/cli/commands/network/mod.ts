/**
 * The commands about networks, without loading any of them.
 *
 * @module
 */

import type { CommandEntry } from "../../command_line/mod.ts";

/** The commands about networks. */
export const NETWORK_COMMANDS: readonly CommandEntry[] = [
  {
    names: ["network create"],
    summary: "Create a network",
    load: async () => (await import("./create.ts")).networkCreate,
  },
  {
    names: ["network connect"],
    summary: "Connect a container to a network",
    load: async () => (await import("./connect.ts")).networkConnect,
  },
  {
    names: ["network disconnect"],
    summary: "Disconnect a container from a network",
    load: async () => (await import("./connect.ts")).networkDisconnect,
  },
  {
    names: ["network inspect"],
    summary: "Display detailed information on one or more networks",
    load: async () => (await import("./inspect.ts")).networkInspect,
  },
  {
    names: ["network ls", "network list", "networks"],
    summary: "List networks",
    load: async () => (await import("./ls.ts")).networkLs,
  },
  {
    names: ["network prune"],
    summary: "Remove all unused networks",
    load: async () => (await import("./prune.ts")).networkPrune,
  },
  {
    names: ["network rm", "network remove", "rmn"],
    summary: "Remove one or more networks",
    load: async () => (await import("./rm.ts")).networkRm,
  },
];
