/**
 * Learning how a container's PID 1 ended.
 *
 * @module
 */

import {
  Errno,
  type ExitStatus,
  exitStatus,
  isErrno,
  pidfdExitStatus,
  reap,
} from "../../ffi/mod.ts";
import { readProcessStat } from "../container/mod.ts";
import type { EventLoop } from "./event_loop.ts";

/**
 * Waits for the end of a process.
 *
 * @param loop Tells when it has ended.
 * @param pid The process.
 * @param pidfd Refers to it, opened while it was there; still open afterwards.
 * @param start Its start time, for one that is not our child (`/proc/PID/stat`, field 22).
 * @returns How it ended; nothing where that cannot be known any more: it was not our child, and the
 * kernel is older than Linux 6.15.
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
  // A child of a supervisor that is gone. Until its new parent waits for it, it is a zombie.
  const stat = readProcessStat(pid);
  if (stat && stat.start === start && stat.state === "Z") return exitStatus(stat.exitStatus);
  return pidfdExitStatus(pidfd);
}

/** The exit code of a container of which nobody saw how it ended. */
export const UNKNOWN_EXIT_CODE = 255;

/**
 * Turns the way a process ended into an exit code, as a shell does.
 *
 * @param status How it ended.
 * @returns Its code, or 128 and the signal's number.
 */
export function exitCode(status: ExitStatus | undefined): number {
  if (status === undefined) return UNKNOWN_EXIT_CODE;
  return status.kind === "exited" ? status.code : 128 + status.signal;
}
