/**
 * An instance: its folders, its configuration and its open database.
 *
 * @module
 */

import { type Config, loadConfig } from "../../config.ts";
import { EngineError } from "../../errors.ts";
import { Database, resolveRoots, type Roots } from "../../state/mod.ts";

/** Which instance. */
export interface InstanceOptions {
  /** The folder that is kept; overrides `TSD_ROOT` and the configuration. */
  root?: string | undefined;
  /** The folder for run-time files; overrides `TSD_RUN`. */
  run?: string | undefined;
  /** The configuration file; overrides `TSD_CONFIG`. */
  config?: string | undefined;
}

/** An open instance. */
export interface Instance extends Disposable {
  /** Its folders. */
  readonly roots: Roots;
  /** Its configuration. */
  readonly config: Config;
  /** Its database. */
  readonly database: Database;
}

/**
 * Opens an instance; its database is created where there is none.
 *
 * @param options Which instance.
 * @returns The instance; disposing of it closes the database, once.
 * @throws {EngineError} `denied`: the process is not root; `invalid`: the configuration cannot be
 * used; `system`: the database cannot.
 */
export function openInstance(options: InstanceOptions = {}): Instance {
  if (Deno.uid() !== 0) {
    throw new EngineError('tsd needs root: run it with "sudo"', { kind: "denied" });
  }
  const config = loadConfig(options.config);
  const root = options.root ?? (Deno.env.get("TSD_ROOT") || undefined) ?? config.dataRoot;
  const roots = resolveRoots({ root, run: options.run });
  const database = Database.open(roots.root, roots.run);
  let isOpen = true;
  return {
    ...{ roots, config, database },
    [Symbol.dispose]: () => {
      if (isOpen) database.close();
      isOpen = false;
    },
  };
}
