/**
 * The files a container's log consists of.
 *
 * ```text
 * TSD_ROOT/containers/ID/ID-json.log     what is written to
 * TSD_ROOT/containers/ID/ID-json.log.1   the one before it, and so on
 * ```
 *
 * @module
 */

import { ifPresent } from "../../if_present.ts";
import type { Roots } from "../../state/roots.ts";

/**
 * Names a container's log.
 *
 * @param roots The instance's.
 * @param id The container's whole id.
 * @returns An absolute path.
 */
export function logPath(roots: Pick<Roots, "root">, id: string): string {
  return `${roots.root}/containers/${id}/${id}-json.log`;
}

/**
 * Names the file in which the supervisor keeps lines of a running container that are not complete yet.
 *
 * @param roots The instance's.
 * @param id The container's whole id.
 * @returns An absolute path.
 */
export function partialLinesPath(roots: Pick<Roots, "run">, id: string): string {
  return `${roots.run}/containers/${id}/partial-lines`;
}

/**
 * Lists the numbers of the files a log was renamed to; a rotation that was killed may leave gaps.
 *
 * @param path The log.
 * @returns The numbers, the lowest, which is the newest file, first.
 */
export async function rotatedNumbers(path: string): Promise<number[]> {
  const slash = path.lastIndexOf("/");
  const prefix = `${path.slice(slash + 1)}.`;
  const numbers: number[] = [];
  try {
    for await (const { name } of Deno.readDir(path.slice(0, slash))) {
      const number = name.startsWith(prefix) ? name.slice(prefix.length) : "";
      if (/^[1-9]\d*$/.test(number)) numbers.push(Number(number));
    }
  } catch (error) {
    // The container was removed.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return numbers.sort((a, b) => a - b);
}

/**
 * Makes room for a new log: renames it to `.1`, what was that to `.2`, and so on.
 *
 * Killed at any moment it leaves all files under names that are read in the right order.
 *
 * @param path The log.
 * @param maxFiles How many files there may be, the new one included; what is too old is removed.
 */
export function rotateFiles(path: string, maxFiles: number): void {
  const name = (number: number) => number === 0 ? path : `${path}.${number}`;
  ifPresent(() => Deno.removeSync(name(maxFiles - 1)));
  for (let number = maxFiles - 1; number > 0; number--) {
    ifPresent(() => Deno.renameSync(name(number - 1), name(number)));
  }
}
