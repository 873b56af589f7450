/**
 * The commands of the program.
 *
 * @module
 */

import type { CommandEntry, CommandGroup } from "../command_line/mod.ts";
import { CONTAINER_COMMANDS } from "./container/mod.ts";
import { IMAGE_COMMANDS } from "./image/mod.ts";
import { NETWORK_COMMANDS } from "./network/mod.ts";
import { SYSTEM_COMMANDS } from "./system/mod.ts";
import { VOLUME_COMMANDS } from "./volume/mod.ts";

/** The groups of commands, in the order help lists them. */
export const GROUPS: readonly CommandGroup[] = [
  { name: "container", summary: "Manage containers" },
  { name: "generate", summary: "Generate files for other programs" },
  { name: "image", summary: "Manage images" },
  { name: "network", summary: "Manage networks" },
  { name: "system", summary: "Manage tsd" },
  { name: "volume", summary: "Manage volumes" },
];

/** All commands; the common ones in the order help lists them. */
export const COMMANDS: readonly CommandEntry[] = [
  ...CONTAINER_COMMANDS,
  ...IMAGE_COMMANDS,
  ...NETWORK_COMMANDS,
  ...SYSTEM_COMMANDS,
  ...VOLUME_COMMANDS,
];
