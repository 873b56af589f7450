/**
 * The engine a command works with.
 *
 * @module
 */

import { Engine, type FindImageOptions } from "../../engine/mod.ts";
import type { CommandContext } from "../command_line/mod.ts";

/**
 * Opens the instance a command was called for.
 *
 * @param context What the command works with.
 * @param options What to tell of pulls.
 * @returns The engine.
 * @throws {EngineError} The process is not root, or the configuration, the folders or the database
 * cannot be used.
 */
export function openEngine(context: CommandContext, options: FindImageOptions = {}): Engine {
  const engine = Engine.open({ root: context.root, config: context.config, ...options });
  context.debug(`opened ${engine.roots.root}`);
  return engine;
}
