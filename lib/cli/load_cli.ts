/**
 * Loading the command line.
 *
 * In the bundle another module stands here, which loads a file of its own for each command of which
 * speed is felt (scripts/compile/own_files.ts).
 *
 * @module
 */

/**
 * Loads the command line.
 *
 * @param _command The command that is about to run.
 * @returns The module.
 */
export function loadCli(_command: string | undefined): Promise<typeof import("./main.ts")> {
  return import("./main.ts");
}
