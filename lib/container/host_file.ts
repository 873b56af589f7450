/**
 * Files of the host that containers get a copy of.
 *
 * @module
 */

/**
 * Reads a file of the host.
 *
 * @param path The file.
 * @returns Its text; empty where there is none.
 */
export function readHostFile(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
