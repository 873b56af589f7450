/**
 * Watching commands that were executed in containers, and whose own parents have gone, or may go.
 *
 * @module
 */

import { close } from "../../../ffi/mod.ts";
import {
  type Exec,
  recordExecEnd,
  recordUntoldExecEnd,
} from "../../container/record/exec_record.ts";
import { exitCode } from "../../container/mod.ts";
import { openProcess, ProcessGoneError, type ProcessIdentity } from "../../process/mod.ts";
import { ExecHeir } from "./exec_heir.ts";
import { awaitExit } from "./exit_watch.ts";
import type { ExecClient } from "../protocol.ts";
import type { SupervisionContext } from "../supervision_context.ts";

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
  const { log, loop, roots, store } = context;
  const pidfd = openPidfd(process);
  if (pidfd === undefined) return false;
  const heir = client && new ExecHeir(loop, client);
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

function openPidfd(identity: ProcessIdentity): number | undefined {
  try {
    using process = openProcess(identity);
    return process.openPidfd();
  } catch (error) {
    if (error instanceof ProcessGoneError) return undefined;
    throw error;
  }
}
