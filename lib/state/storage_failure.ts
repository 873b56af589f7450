/**
 * Telling a disk that is full, read-only or broken from other failures.
 *
 * @module
 */

/**
 * What is wrong with a file system:
 *
 * - `full`: it has no room left, or no more files, or whoever writes has used up a quota
 * - `readOnly`: nothing can be written
 * - `broken`: reading or writing failed
 */
export type StorageFailure = "full" | "readOnly" | "broken";

const CODES: Readonly<Record<string, StorageFailure>> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EROFS: "readOnly",
  EIO: "broken",
};

// The same as numbers (asm-generic/errno.h), as errors of system calls have them.
const ERRNOS: Readonly<Record<number, StorageFailure>> = {
  28: "full",
  122: "full",
  30: "readOnly",
  5: "broken",
};

// Primary result codes of SQLite, the lowest byte of the extended ones (sqlite.org/rescode.html).
const PRIMARY_RESULT_CODE = 0xff;
const SQLITE_RESULTS: Readonly<Record<number, StorageFailure>> = {
  8: "readOnly", // SQLITE_READONLY
  10: "broken", // SQLITE_IOERR, on a read-only file system as well
  13: "full", // SQLITE_FULL
  14: "full", // SQLITE_CANTOPEN: no room for the files beside the database
};

/**
 * Tells what is wrong with the file system that an error comes from.
 *
 * @param error Anything that was thrown.
 * @returns What; nothing where neither it nor one of its causes is about that.
 */
export function storageFailure(error: unknown): StorageFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof SuppressedError) {
    return storageFailure(error.suppressed) ?? storageFailure(error.error);
  }
  const { code, errcode, errno } = error as { code?: unknown; errcode?: unknown; errno?: unknown };
  const ofError = typeof errcode === "number"
    ? SQLITE_RESULTS[errcode & PRIMARY_RESULT_CODE]
    : CODES[String(code)] ?? ERRNOS[Number(errno)];
  return ofError ?? storageFailure(error.cause);
}

/**
 * Does what is worth a try and nothing else, as where somebody is only told of something.
 *
 * @param body What to do.
 * @returns Whether the disk took it.
 * @throws What `body` threw, unless a disk that is full, read-only or broken is why.
 */
export function unlessStorageFails(body: () => void): boolean {
  try {
    body();
    return true;
  } catch (error) {
    if (storageFailure(error) === undefined) throw error;
    return false;
  }
}
