/**
 * Using files that need not be there: another process may not have made them yet, or have removed them.
 *
 * @module
 */

/**
 * Uses a file, if it is there.
 *
 * @param use What is done with it; throws `Deno.errors.NotFound` if it is missing.
 * @returns What that returned; `undefined` if the file is missing.
 * @throws What `use` threw otherwise.
 */
export function ifPresent<Result>(use: () => Result): Result | undefined {
  try {
    return use();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Tells whether a path names something: a file, a directory, a link wherever that leads.
 *
 * @param path The path.
 * @returns Whether it does.
 * @throws {Deno.errors} It cannot be known, as a directory of the path may not be passed.
 */
export function exists(path: string): boolean {
  return ifPresent(() => Deno.lstatSync(path)) !== undefined;
}

/**
 * Reads a text file.
 *
 * @param path The file.
 * @returns Its text; `undefined` if it is missing.
 */
export function readIfPresent(path: string): string | undefined {
  return ifPresent(() => Deno.readTextFileSync(path));
}

/**
 * Lists a directory.
 *
 * @param path The directory.
 * @returns The names in it, in no order; none if it is missing.
 */
export function namesIn(path: string): string[] {
  return ifPresent(() => Array.from(Deno.readDirSync(path), ({ name }) => name)) ?? [];
}

/**
 * Tells how large a file is.
 *
 * @param path The file, which may be a link to it.
 * @returns Its size in bytes; `undefined` if it is missing.
 */
export function sizeOf(path: string): number | undefined {
  return ifPresent(() => Deno.statSync(path).size);
}

/**
 * Removes a file or an empty directory.
 *
 * @param path The path; one that names nothing is fine.
 */
export function removeIfPresent(path: string): void {
  ifPresent(() => Deno.removeSync(path));
}
