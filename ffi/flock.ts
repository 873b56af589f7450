/**
 * Locks on files that the kernel drops when their holder dies.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { check, Errno, isErrno } from "./error.ts";

/** Operations of flock(2) (asm-generic/fcntl.h). */
export const FlockOperation = { SHARED: 1, EXCLUSIVE: 2 } as const;

const LOCK_NB = 4;

// int flock(int fd, int operation);                                                     flock(2)
const flock_ = libc("flock", { parameters: ["i32", "i32"], result: "i32" });
const flockWaiting = libc("flock", {
  parameters: ["i32", "i32"],
  result: "i32",
  nonblocking: true,
});

/**
 * Locks an open file if nobody holds a lock in the way (flock(2), LOCK_NB).
 *
 * @param fd The file; the lock lasts until every duplicate of the descriptor is closed.
 * @param operation One of {@linkcode FlockOperation}.
 * @returns Whether the lock was got.
 * @throws {SyscallError} The call failed for another reason.
 */
export function tryFlock(fd: number, operation: number): boolean {
  try {
    check(flock_(fd, operation | LOCK_NB), "flock", `descriptor ${fd}`);
    return true;
  } catch (error) {
    if (isErrno(error, Errno.EAGAIN)) return false;
    throw error;
  }
}

/**
 * Locks an open file, waiting on a pool thread while another holder is in the way.
 *
 * The wait cannot be cancelled: it keeps the process alive until the lock is got.
 *
 * @param fd The file.
 * @param operation One of {@linkcode FlockOperation}.
 * @throws {SyscallError} The call failed.
 */
export async function flock(fd: number, operation: number): Promise<void> {
  // A call on a pool thread leaves its errno there; the next try here finds out what it was.
  while (!tryFlock(fd, operation)) {
    if (await flockWaiting(fd, operation) === 0) return;
  }
}
