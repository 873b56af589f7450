/**
 * Watching commands that were executed in containers, and whose own parents have gone.
 *
 * @module
 */

import { close, pidfdOpen } from "../../ffi/mod.ts";
import { isAlive } from "../container/mod.ts";
import { type Exec, recordExecEnd } from "../container/exec_record.ts";
import type { ProcessIdentity } from "../container/mod.ts";
import type { SupervisionContext } from "./supervision_context.ts";
import { awaitExit, exitCode } from "./exit_watch.ts";

/**
 * Tells of a command's end, when it comes.
 *
 * @param context What supervision needs.
 * @param exec The command.
 * @param process Its process.
 * @returns Whether it runs; if not, nothing is told.
 * @throws {SyscallError} The kernel refused.
 */
export function watchExec(
  context: SupervisionContext,
  exec: Exec,
  process: ProcessIdentity,
): boolean {
  if (!isAlive(process)) return false;
  const pidfd = pidfdOpen(process.pid);
  // Only now: the descriptor means the process that was looked at.
  if (!isAlive(process)) {
    close(pidfd);
    return false;
  }
  awaitExit(context.loop, process.pid, pidfd, process.start)
    .then((status) => recordExecEnd(context.roots, context.store, exec, exitCode(status)))
    .catch((error) =>
      context.log(`Cannot tell the end of a command in "${exec.container.id}"`, error)
    )
    .finally(() => close(pidfd));
  return true;
}
