/**
 * Loading the command line.
 *
 * In the bundle another module stands here, which loads a file of its own for each command of which
 * speed is felt (scripts/compile/own_files.ts).
 *
 * @module
 */

import { guardUserSignal } from "../../ffi/user_signal.ts";

/**
 * Does what cannot wait until the command line is loaded, which may have to be compiled first: the
 * runtime is about to open a debugger for SIGUSR1. The portable form starts with that blocked.
 *
 * @returns When it is done.
 */
export function guardStart(): void | Promise<void> {
  guardUserSignal();
}

/**
 * Loads the command line.
 *
 * @param _command The command that is about to run.
 * @returns The module.
 */
export function loadCli(_command: string | undefined): Promise<typeof import("./main.ts")> {
  return import("./main.ts");
}
