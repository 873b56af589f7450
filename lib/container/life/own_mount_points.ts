/**
 * What the engine itself makes in a container's upper directory, to mount something there.
 *
 * Docker has it in a layer of its own. What users see there is mounted, so nothing of theirs can be
 * below.
 *
 * @module
 */

import type { FileStatus } from "../../../ffi/statx.ts";

/** Folders that are mounted upon. */
export const OWN_FOLDERS: readonly string[] = ["/dev", "/proc", "/sys"];
/** Files that are mounted upon. */
export const OWN_FILES: readonly string[] = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];
/** The folder of those files. */
export const OWN_PARENT = "/etc";

/**
 * Makes what tells the engine's own files in an upper directory from the container's.
 *
 * @param upper The folder that holds what the container changed.
 * @param layers The folders below it, the lowest first.
 * @returns Tells whether a file, by its path below the upper directory, is the engine's.
 */
export function ownMountPoints(
  upper: string,
  layers: readonly string[],
): (path: string, status: FileStatus) => boolean {
  return (path, status) => {
    const absolute = `/${path}`;
    if (OWN_FOLDERS.includes(absolute) || OWN_FILES.includes(absolute)) return true;
    return absolute === OWN_PARENT && isOwnParent(upper, layers, status);
  };
}

/** Made for the mount points alone: nothing else is in it, and nothing of its own has changed. */
function isOwnParent(upper: string, layers: readonly string[], status: FileStatus): boolean {
  try {
    for (const { name } of Deno.readDirSync(upper + OWN_PARENT)) {
      if (!OWN_FILES.includes(`${OWN_PARENT}/${name}`)) return false;
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
  const below = layers.toReversed().map((layer) => statusOf(layer + OWN_PARENT)).find(Boolean);
  return below === undefined ||
    below.mode === status.mode && below.uid === status.uid && below.gid === status.gid;
}

function statusOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
