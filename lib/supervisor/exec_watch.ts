/**
 * Watching commands that were executed in containers, and whose own parents have gone, or may go.
 *
 * @module
 */

import { close, pidfdOpen } from "../../ffi/mod.ts";
import { type Exec, recordExecEnd, recordUntoldExecEnd } from "../container/exec_record.ts";
import { exitCode } from "../container/mod.ts";
import { isAlive, type ProcessIdentity } from "../process/mod.ts";
import { ExecHeir } from "./exec_heir.ts";
import { awaitExit } from "./exit_watch.ts";
import type { ExecClient } from "./protocol.ts";
import type { SupervisionContext } from "./supervision_context.ts";

/** What is watched. */
export interface WatchedExec {
  /** The command's process. */
  process: ProcessIdentity;
  /** Who looks after the command, where somebody still does. */
  client?: ExecClient;
}

/**
 * Tells of a command's end, when it comes, unless its client does.
 *
 * @param context What supervision needs.
 * @param exec The command.
 * @param watched Its process, and who looks after it.
 * @returns Whether it runs; if not, nothing is told.
 * @throws {SyscallError} The kernel refused.
 */
export function watchExec(
  context: SupervisionContext,
  exec: Exec,
  { client, process }: WatchedExec,
): boolean {
  if (!isAlive(process)) return false;
  const { log, loop, roots, store } = context;
  const pidfd = pidfdOpen(process.pid);
  const heir = client && new ExecHeir(loop, client);
  // Only now: the descriptors mean the processes that were looked at.
  if (!isAlive(process)) {
    close(pidfd);
    heir?.leave();
    return false;
  }
  awaitExit(loop, process.pid, pidfd, process.start)
    .finally(() => close(pidfd))
    .then(async (status) => {
      if (!heir) return recordExecEnd(roots, store, exec, exitCode(status));
      heir.leave();
      await heir.clientEnded;
      recordUntoldExecEnd(roots, store, exec, exitCode(status));
    })
    .catch((error) => log(`Cannot tell the end of a command in "${exec.container.id}"`, error));
  return true;
}
