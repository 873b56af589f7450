/**
 * What a failing disk has to do with an error.
 *
 * @module
 */

import { Errno, isErrno } from "../../ffi/error.ts";

// The result code SQLITE_FULL (sqlite.org/rescode.html).
const SQLITE_FULL = 13;

/**
 * Looks for a disk that is full, or cannot be written to, behind an error.
 *
 * @param error What was thrown.
 * @returns What to tell the user, to be followed by the folder; nothing where it is something else.
 */
export function diskState(error: unknown): string | undefined {
  for (let at = error; at instanceof Error;) {
    const { code, errcode } = at as { code?: unknown; errcode?: unknown };
    const isFull = code === "ENOSPC" || code === "EDQUOT" || errcode === SQLITE_FULL ||
      isErrno(at, Errno.ENOSPC, Errno.EDQUOT);
    if (isFull) return "no space left on device, remove images (tsd image prune) or enlarge";
    if (code === "EROFS" || isErrno(at, Errno.EROFS)) return "read-only file system at";
    // What failed while something was put away hides what failed first.
    at = at instanceof SuppressedError ? at.suppressed : at.cause;
  }
  return undefined;
}
