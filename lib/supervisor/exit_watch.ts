/**
 * Learning how a container's PID 1 ended.
 *
 * @module
 */

import { Errno, type ExitStatus, isErrno, pidfdExitStatus, reap } from "../../ffi/mod.ts";
import { zombieStatus } from "../container/mod.ts";
import type { EventLoop } from "./event_loop.ts";

/**
 * Waits for the end of a process.
 *
 * @param loop Tells when it has ended.
 * @param pid The process.
 * @param pidfd Refers to it, opened while it was there; still open afterwards.
 * @param start Its start time, for one that is not our child (`/proc/PID/stat`, field 22).
 * @returns How it ended; nothing where that cannot be known any more: it was not our child, its parent
 * has waited for it, and the kernel is older than Linux 6.15.
 */
export function awaitExit(
  loop: EventLoop,
  pid: number,
  pidfd: number,
  start?: number,
): Promise<ExitStatus | undefined> {
  return new Promise((resolve, reject) => {
    loop.watch(pidfd, {
      readable: () => {
        loop.unwatch(pidfd);
        try {
          resolve(takeExitStatus(pid, pidfd, start));
        } catch (error) {
          reject(error);
        }
      },
    });
  });
}

function takeExitStatus(pid: number, pidfd: number, start?: number): ExitStatus | undefined {
  try {
    return reap(pid);
  } catch (error) {
    if (!isErrno(error, Errno.ECHILD)) throw error;
  }
  // A child of a witness, or of a supervisor that is gone: until its parent waits for it, a zombie.
  const status = start === undefined ? undefined : zombieStatus({ pid, start });
  return status ?? pidfdExitStatus(pidfd);
}
