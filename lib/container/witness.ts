/**
 * Knowing how a container ended that nobody supervised.
 *
 * A process that has ended stays a zombie, which tells its exit status, until its parent waits for it.
 * Before Linux 6.15 the status is lost then, and whoever inherits the children of a supervisor that was
 * killed waits for them at once. So there the parent of a container's first process is not the
 * supervisor, but what led to it: a *witness*, which waits for nothing (lib/runtime/bare_init.ts). Once
 * the status was read, the witness is killed.
 *
 * @module
 */

import {
  close,
  Errno,
  type ExitStatus,
  exitStatus,
  isErrno,
  pidfdOpen,
  pidfdSendSignal,
  Signal,
  waitFor,
} from "../../ffi/mod.ts";
import { isGone } from "../gone.ts";
import { type ProcessIdentity, readProcessStat } from "../process/identity.ts";

/** What a witness, and a bare init until it is the command, are called in lists of processes. */
export const BARE_INIT_NAME = "tsd-starter";

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

/**
 * Kills the witness of a process that has ended, if it has one; so the process is waited for.
 *
 * @param process The process.
 */
export function dismissWitness(process: Pick<ProcessIdentity, "pid" | "start">): void {
  const stat = readProcessStat(process.pid);
  if (stat?.start === process.start && stat.state === "Z") endWitness(stat.parent);
}

/**
 * Kills a witness.
 *
 * @param pid The process; one that is no witness is left alone.
 */
export function endWitness(pid: number): void {
  let pidfd: number;
  try {
    pidfd = pidfdOpen(pid);
  } catch (error) {
    // EINVAL: its parent is not of this PID namespace.
    if (isErrno(error, Errno.ESRCH, Errno.EINVAL)) return;
    throw error;
  }
  try {
    // Only now: the descriptor means the process that was looked at.
    if (!isWitness(pid)) return;
    pidfdSendSignal(pidfd, Signal.SIGKILL);
    // Whoever inherited it from a supervisor that is gone waits for it.
    waitFor(pid);
  } catch (error) {
    if (!isErrno(error, Errno.ESRCH, Errno.ECHILD)) throw error;
  } finally {
    close(pidfd);
  }
}

function isWitness(pid: number): boolean {
  try {
    // Not its executable, which is not always a file in memory (createSealedExecutable of ffi/).
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`) === `${BARE_INIT_NAME}\0`;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}
