/**
 * Programs of the host, started by the runtime (`Deno.Command`).
 *
 * @module
 */

import { ignoreUserSignal } from "./user_signal.ts";

/**
 * Prepares a program of the host.
 *
 * A program inherits the signals that are blocked, and of those that we keep from the runtime it is to
 * know nothing.
 *
 * @param path Its path, or a name to look up in `PATH`.
 * @param options As of `Deno.Command`.
 * @returns How it is started.
 */
export function hostProgram(path: string, options?: Deno.CommandOptions): Deno.Command {
  ignoreUserSignal();
  return new Deno.Command(path, options);
}
