/**
 * The images a command works on.
 *
 * @module
 */

import { loadConfig } from "../../config.ts";
import { Images } from "../../engine/images.ts";
import { Database, resolveRoots } from "../../state/mod.ts";
import type { CommandContext } from "../command_line/mod.ts";

/** Images, and the database that is closed with them. */
export interface OpenImages extends Disposable {
  /** The images. */
  readonly images: Images;
}

/**
 * Opens the images of the instance a command was called for.
 *
 * @param context What the command works with.
 * @returns The images.
 * @throws {EngineError} The configuration, the folders or the database cannot be used.
 */
export function openImages(context: CommandContext): OpenImages {
  const config = loadConfig();
  const roots = resolveRoots({ root: context.root ?? Deno.env.get("TSD_ROOT") ?? config.dataRoot });
  const database = Database.open(roots.root);
  return {
    images: new Images(database, roots, config),
    [Symbol.dispose]: () => database.close(),
  };
}
