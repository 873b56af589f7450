/**
 * Keeping a container from being started, and waiting for one that is being started.
 *
 * From the moment a container's process is recorded until it has become the command, it is still in
 * the host's root and namespaces: whoever works in those of the recorded process must not do so then.
 * The kernel drops a dead process's locks.
 *
 * @module
 */

import { close, Errno, flock, FlockOperation, isErrno, open, OpenFlag } from "../../../ffi/mod.ts";
import type { Roots } from "../../state/mod.ts";
import { bundleDirectory } from "../record/folders.ts";

const OPERATION = { shared: FlockOperation.SHARED, alone: FlockOperation.EXCLUSIVE } as const;

/** A held lock; disposing it lets go. */
export class StartLock implements Disposable {
  #fd: number | undefined;

  private constructor(fd: number | undefined) {
    this.#fd = fd;
  }

  /**
   * Takes a container's lock, waiting for those who hold it.
   *
   * @param roots The instance's.
   * @param id The container's whole id; one whose folder is gone has nothing to be kept from.
   * @param mode `alone` to start it, or to mount its root meanwhile; `shared` to wait for those.
   * @returns The held lock.
   * @throws {SyscallError} The folder cannot be opened or locked.
   */
  static async take(roots: Roots, id: string, mode: "shared" | "alone"): Promise<StartLock> {
    let fd: number;
    try {
      fd = open(bundleDirectory(roots, id), OpenFlag.RDONLY | OpenFlag.DIRECTORY);
    } catch (error) {
      if (isErrno(error, Errno.ENOENT)) return new StartLock(undefined);
      throw error;
    }
    try {
      await flock(fd, OPERATION[mode]);
      return new StartLock(fd);
    } catch (error) {
      close(fd);
      throw error;
    }
  }

  /** Lets go of the lock. */
  [Symbol.dispose](): void {
    if (this.#fd !== undefined) close(this.#fd);
    this.#fd = undefined;
  }
}
