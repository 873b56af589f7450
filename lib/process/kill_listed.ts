/**
 * Killing processes of which there is a list that names them by pid.
 *
 * @module
 */

import { close, Errno, isErrno, pidfdOpen, pidfdSendSignal, Signal } from "../../ffi/mod.ts";

// As many descriptors are open at once; a caller may have no more than a thousand.
const MOST_AT_ONCE = 256;

/**
 * Kills the processes of a list, as `cgroup.procs` is one.
 *
 * A pid on the list may be somebody else's by the time it is looked up. So the list is read again once
 * the process is held: if the pid stands there still, and the process is still there when it is killed,
 * it was that process whose pid stood there.
 *
 * @param list Reads the list.
 * @returns How many processes were listed.
 * @throws {SyscallError} The kernel refused.
 */
export function killListed(list: () => readonly number[]): number {
  const all = list();
  for (let first = 0; first < all.length; first += MOST_AT_ONCE) {
    const held = hold(all.slice(first, first + MOST_AT_ONCE));
    try {
      const listed = new Set(list());
      for (const [pid, pidfd] of held) if (listed.has(pid)) killHeld(pidfd);
    } finally {
      for (const pidfd of held.values()) close(pidfd);
    }
  }
  return all.length;
}

function hold(pids: readonly number[]): Map<number, number> {
  const held = new Map<number, number>();
  for (const pid of pids) {
    try {
      held.set(pid, pidfdOpen(pid));
    } catch (error) {
      // EINVAL: of a list from within another PID namespace, 0 stands for who is not in ours.
      if (!isErrno(error, Errno.ESRCH, Errno.EINVAL)) throw error;
    }
  }
  return held;
}

function killHeld(pidfd: number): void {
  try {
    pidfdSendSignal(pidfd, Signal.SIGKILL);
  } catch (error) {
    if (!isErrno(error, Errno.ESRCH)) throw error;
  }
}
