/**
 * Stands in for `node:child_process`, which adds 9 ms to the start of every command.
 *
 * `commander` starts only subcommands that are programs of their own, and tsd has none.
 *
 * @module
 */

/** Refuses to start a program. */
export function spawn(command: string): never {
  throw new Error(`Cannot start "${command}": the bundle has no node:child_process`);
}

export default { spawn };
