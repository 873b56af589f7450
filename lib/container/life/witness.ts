/**
 * Knowing how a container ended that nobody supervised.
 *
 * A process that has ended stays a zombie, which tells its exit status, until its parent waits for it.
 * Before Linux 6.15 the status is lost then, and whoever inherits the children of a supervisor that was
 * killed waits for them at once. So there the parent of a container's first process is not the
 * supervisor, but what led to it: a *witness*, which waits for nothing (lib/runtime/init/bare_init.ts). Once
 * the status was read, the witness is killed.
 *
 * @module
 */

import { Errno, isErrno, Signal, waitFor } from "../../../ffi/mod.ts";
import {
  identifyProcess,
  openProcess,
  ProcessGoneError,
  type ProcessIdentity,
  readProcessStat,
} from "../../process/mod.ts";

/** What a witness, and a bare init until it is the command, are called in lists of processes. */
export const BARE_INIT_NAME = "tsd-starter";

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
  const identity = identifyProcess(pid);
  // None has the number 0, which stands for a parent that is not of this PID namespace.
  if (pid === 0 || !identity) return;
  try {
    using process = openProcess(identity);
    // Not its executable, which is not always a file in memory (createSealedExecutable of ffi/).
    if (process.readText("cmdline") !== `${BARE_INIT_NAME}\0`) return;
    process.signal(Signal.SIGKILL);
    // Whoever inherited it from a supervisor that is gone waits for it.
    waitFor(pid);
  } catch (error) {
    if (!(error instanceof ProcessGoneError) && !isErrno(error, Errno.ECHILD)) throw error;
  }
}
