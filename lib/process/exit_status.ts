/**
 * Learning how a process ended, from whoever knows.
 *
 * A pidfd is readable as soon as its process has ended, which is not always when it can be waited for:
 * one that is traced (ptrace(2)) is its tracer's first, and becomes its parent's once the tracer has
 * waited for it, or is gone. Until then it is a zombie, of which `/proc/PID/stat` tells how it ended.
 * The kernel wakes who waits at the pidfd at each of these steps, so nobody has to ask in turns: one
 * asks again at each change (`onChange` of lib/supervisor/watch/event_loop.ts).
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
import { keepsExitStatus } from "../kernel_version.ts";
import { type ProcessIdentity, readProcessStat } from "./identity.ts";

/** A process that has ended. */
export interface EndedProcess {
  /** Its pid. */
  pid: number;
  /** Refers to it, opened while it was there. */
  pidfd: number;
  /** Its start time (`/proc/PID/stat`, field 22); not known of a child that nothing is asked of. */
  start: number | undefined;
}

/** What is known of the end of a process. */
export interface ExitKnowledge {
  /**
   * How it ended; nothing where that cannot be known any more: it was not our child, its parent has
   * waited for it, and the kernel is older than Linux 6.15.
   */
  status: ExitStatus | undefined;
  /** Whether it is a child of ours that is still to be waited for. */
  isZombie: boolean;
}

/**
 * Asks how a process ended, and waits for it where it is our child; does not block.
 *
 * @param process The process, whose pidfd is readable.
 * @returns What is known; nothing yet where the kernel is not done with it, or somebody traces it and
 * its start time is not given. Then it is to be asked again at the pidfd's next change.
 * @throws {SyscallError} The kernel refused.
 */
export function takeExitStatus({ pid, pidfd, start }: EndedProcess): ExitKnowledge | undefined {
  const asZombie = () => start === undefined ? undefined : zombieStatus({ pid, start });
  try {
    const status = reap(pid);
    if (status) return { status, isZombie: false };
    const known = asZombie();
    return known && { status: known, isZombie: true };
  } catch (error) {
    if (!isErrno(error, Errno.ECHILD)) throw error;
  }
  // A child of a witness, or of a supervisor that is gone: until its parent waits for it, a zombie.
  const status = asZombie() ?? pidfdExitStatus(pidfd);
  if (status) return { status, isZombie: false };
  // Who has waited for it is about to let it go; then the pidfd tells, where the kernel can.
  return keepsExitStatus() ? undefined : { status: undefined, isZombie: false };
}

/**
 * Reads how a process ended, while it is a zombie.
 *
 * @param process The process.
 * @returns How it ended; nothing where it runs, or was waited for.
 */
export function zombieStatus(
  process: Pick<ProcessIdentity, "pid" | "start">,
): ExitStatus | undefined {
  const stat = readProcessStat(process.pid);
  if (stat?.start !== process.start || stat.state !== "Z") return undefined;
  return exitStatus(stat.exitStatus);
}
