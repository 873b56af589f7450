/**
 * Learning how a container's PID 1 ended.
 *
 * @module
 */

import { close, type ExitStatus, pidfdOpen } from "../../../ffi/mod.ts";
import { takeExitStatus } from "../../process/mod.ts";
import type { EventLoop } from "./event_loop.ts";

/**
 * Waits for the end of a process.
 *
 * One that is traced has ended when it has, not when its tracer has seen that: it is waited for
 * afterwards, whenever the tracer lets go. Without `start`, that is what is waited for.
 *
 * @param loop Tells when it has ended.
 * @param pid The process.
 * @param pidfd Refers to it, opened while it was there; still open afterwards.
 * @param start Its start time (`/proc/PID/stat`, field 22); must be given of what is not our child.
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
    const ask = () => {
      try {
        const known = takeExitStatus({ pid, pidfd, start });
        if (!known) return;
        loop.unwatch(pidfd);
        if (known.isZombie) reapLater(loop, pid);
        resolve(known.status);
      } catch (error) {
        loop.unwatch(pidfd);
        reject(error);
      }
    };
    loop.watch(pidfd, { readable: ask, onChange: true });
  });
}

/** Waits for a child that has ended, once whoever traces it lets go: its PID namespace cannot end before. */
function reapLater(loop: EventLoop, pid: number): void {
  // It is our child, and nobody has waited for it: its pid is its own.
  const pidfd = pidfdOpen(pid);
  const ask = () => {
    if (!takeExitStatus({ pid, pidfd, start: undefined })) return;
    loop.unwatch(pidfd);
    close(pidfd);
  };
  loop.watch(pidfd, { readable: ask, onChange: true });
}
