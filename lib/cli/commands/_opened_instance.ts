/**
 * The instance a command works on, for commands that are quicker without a whole engine.
 *
 * @module
 */

import { type Instance, openInstance } from "../../engine/instance/instance.ts";
import type { CommandContext } from "../command_line/context.ts";

/**
 * Opens the instance a command was called for.
 *
 * @param context What the command works with.
 * @returns The instance.
 * @throws {EngineError} The process is not root, or the configuration, the folders or the database
 * cannot be used.
 */
export function openedInstance(context: CommandContext): Instance {
  const instance = openInstance({ root: context.root, config: context.config });
  context.debug(`opened ${instance.roots.root}`);
  return instance;
}
