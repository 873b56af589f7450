/**
 * Locks between the processes, and the tasks of one process, that use an image store.
 *
 * - `pulls`: held shared during a pull; alone by whoever removes what no pull uses. So leftovers are
 *   what lies there while this lock is held alone.
 * - `shifted-KEY-HEX`: held alone by whoever copies a layer for a user namespace.
 * - `layer-HEX`, then `blob-HEX`: held alone by the one task that downloads and unpacks it.
 *
 * The kernel drops a dead process's locks.
 *
 * @module
 */

import { close, open, OpenFlag } from "../../../ffi/fd.ts";
import { flock, FlockOperation, tryFlock } from "../../../ffi/flock.ts";

/** Whether others may hold the lock at the same time. */
export type LockMode = "shared" | "alone";

const OPERATION = { shared: FlockOperation.SHARED, alone: FlockOperation.EXCLUSIVE } as const;

/** A held lock; disposing it lets go. */
export class FileLock {
  #fd: number | undefined;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * Takes a lock, waiting for its holders.
   *
   * @param path The lock file; created when missing.
   * @param mode Whether others may hold it too.
   * @param signal Ends the wait.
   * @returns The held lock.
   * @throws The signal's reason.
   * @throws {SyscallError} The file cannot be opened or locked.
   */
  static async acquire(path: string, mode: LockMode, signal?: AbortSignal): Promise<FileLock> {
    signal?.throwIfAborted();
    const fd = openLock(path);
    const waiting = flock(fd, OPERATION[mode]);
    try {
      await untilAborted(waiting, signal);
    } catch (error) {
      // The call on the pool thread goes on; closing its descriptor under it could hand the lock
      // to whoever opens that number next.
      waiting.then(() => close(fd), () => close(fd));
      throw error;
    }
    return new FileLock(fd);
  }

  /**
   * Takes a lock if it is free.
   *
   * @param path The lock file; created when missing.
   * @param mode Whether others may hold it too.
   * @returns The held lock, or nothing.
   * @throws {SyscallError} The file cannot be opened or locked.
   */
  static tryAcquire(path: string, mode: LockMode): FileLock | undefined {
    const fd = openLock(path);
    try {
      if (tryFlock(fd, OPERATION[mode])) return new FileLock(fd);
    } catch (error) {
      close(fd);
      throw error;
    }
    close(fd);
    return undefined;
  }

  /** Lets go of the lock. */
  [Symbol.dispose](): void {
    if (this.#fd !== undefined) close(this.#fd);
    this.#fd = undefined;
  }
}

function openLock(path: string): number {
  return open(path, OpenFlag.RDWR | OpenFlag.CREAT, 0o600);
}

async function untilAborted(promise: Promise<void>, signal?: AbortSignal): Promise<void> {
  if (!signal) return await promise;
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
