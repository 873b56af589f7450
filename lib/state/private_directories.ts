/**
 * What keeps an instance's files from users other than root.
 *
 * What containers write, and what images bring, may be set-user-ID: whoever can reach such a file on
 * the host executes it as its owner there, root (CVE-2021-41091). So no directory of an instance lets
 * others pass. Nobody else needs to: containers get at what is theirs through mounts, which are made
 * by descriptors.
 *
 * @module
 */

import type { Roots } from "./roots.ts";

/** As Docker's: the group is root's. */
const ROOT_MODE = 0o710;
const RUN_MODE = 0o700;
/** Permissions that `closeToOthers` takes away: writing of the group, all of others. */
const OTHERS = 0o027;
/** What versions before this one gave `TSD_ROOT` and `TSD_RUN`; a mode of the user's own is kept. */
const FORMER_MODE = 0o711;

/** The directories directly in `TSD_ROOT` that hold what containers and images have written. */
const INNER = ["blobs", "containers", "incoming", "layers", "shifted", "trash", "volumes"];

/**
 * Creates `TSD_ROOT` if it is missing. One that is there keeps its mode: it may be a directory that
 * others share, and all that is made in it is closed by itself.
 *
 * @param root Its path.
 */
export function createRoot(root: string): void {
  Deno.mkdirSync(root, { recursive: true, mode: ROOT_MODE });
}

/**
 * Creates `TSD_RUN` if it is missing.
 *
 * @param run Its path.
 */
export function createRun(run: string): void {
  Deno.mkdirSync(run, { recursive: true, mode: RUN_MODE });
}

/**
 * Closes what an older version left open, or a restored backup: directories that hold what containers
 * and images have written, and the roots themselves if they have the mode that tsd once gave them.
 *
 * @param roots The instance's; without `run` only what is kept.
 * @throws {Error} The file system refuses, as one that is mounted read-only.
 */
export function closeToOthers({ root, run }: Pick<Roots, "root"> & { run?: string }): void {
  for (const name of INNER) close(`${root}/${name}`, (mode) => mode & ~OTHERS);
  const former = (closed: number) => (mode: number) => mode === FORMER_MODE ? closed : mode;
  close(root, former(ROOT_MODE));
  if (run !== undefined) close(run, former(RUN_MODE));
}

function close(path: string, wanted: (mode: number) => number): void {
  const info = lstatIfThere(path);
  // A link is the administrator's: what it leads to is theirs to close.
  if (!info?.isDirectory) return;
  const mode = (info.mode ?? 0) & 0o7777;
  if (wanted(mode) !== mode) Deno.chmodSync(path, wanted(mode));
}

function lstatIfThere(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
