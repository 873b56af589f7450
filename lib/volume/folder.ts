/**
 * A volume's folder.
 *
 * ```text
 * TSD_ROOT/volumes/NAME/
 *   _data      what containers see; for a file system of its own the place it is mounted on
 *   copying    there while the content of an image is being copied into it
 * TSD_ROOT/volumes/.trash/   folders of removed volumes on their way out
 * ```
 *
 * @module
 */

import { ifPresent } from "../if_present.ts";
import { removeTree, type Roots } from "../state/mod.ts";

const TRASH = ".trash";

/**
 * Names the folder of an instance's volumes.
 *
 * @param roots The instance's.
 * @returns An absolute path.
 */
export function volumesDirectory(roots: Pick<Roots, "root">): string {
  return `${roots.root}/volumes`;
}

/**
 * Names a volume's folder.
 *
 * @param roots The instance's.
 * @param name The volume's name.
 * @returns An absolute path.
 */
export function volumeDirectory(roots: Pick<Roots, "root">, name: string): string {
  return `${volumesDirectory(roots)}/${name}`;
}

/**
 * Names the folder containers see as a volume.
 *
 * @param roots The instance's.
 * @param name The volume's name.
 * @returns An absolute path.
 */
export function volumeData(roots: Pick<Roots, "root">, name: string): string {
  return `${volumeDirectory(roots, name)}/_data`;
}

/**
 * Creates a volume's folder where it is missing.
 *
 * @param roots The instance's.
 * @param name The volume's name.
 */
export function createVolumeFolder(roots: Pick<Roots, "root">, name: string): void {
  // Only root may pass: a container may leave set-user-ID files in there. What the container sees has
  // a mode of its own, as it may change it.
  const umask = Deno.umask(0);
  try {
    Deno.mkdirSync(volumeDirectory(roots, name), { recursive: true, mode: 0o700 });
    Deno.mkdirSync(volumeData(roots, name), { recursive: true, mode: 0o755 });
  } finally {
    Deno.umask(umask);
  }
}

/**
 * Takes a volume's folder away, to be deleted by {@linkcode emptyVolumeTrash}.
 *
 * @param roots The instance's.
 * @param name The volume's name; one without a folder is fine.
 */
export function discardVolumeFolder(roots: Pick<Roots, "root">, name: string): void {
  const trash = `${volumesDirectory(roots)}/${TRASH}`;
  Deno.mkdirSync(trash, { recursive: true, mode: 0o700 });
  ifPresent(() => Deno.renameSync(volumeDirectory(roots, name), `${trash}/${crypto.randomUUID()}`));
}

/**
 * Deletes what was taken away, also what a process that died has left.
 *
 * @param roots The instance's.
 * @throws {EngineError} `system`: the kernel refused.
 */
export async function emptyVolumeTrash(roots: Pick<Roots, "root">): Promise<void> {
  const trash = `${volumesDirectory(roots)}/${TRASH}`;
  try {
    // Whoever else is at it deletes part of it: both go on until nothing is left.
    for await (const { name } of Deno.readDir(trash)) await removeTree(`${trash}/${name}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
