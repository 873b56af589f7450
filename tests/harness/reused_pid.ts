/**
 * Giving the pid of a process that has ended to another one, as the kernel does by itself once it has
 * come around.
 *
 * @module
 */

import { kill, Signal, spawn, waitFor } from "../../ffi/mod.ts";

// Other processes that start at the same moment may get the pid, or come in between.
const ATTEMPTS = 10_000;

/** A process that lives until it is disposed of. */
export interface Sleeper extends Disposable {
  /** Its pid. */
  readonly pid: number;
  /** Ends it now, and waits for it: its pid is free. */
  end(): void;
}

/**
 * Starts a process that does nothing.
 *
 * @returns The process, a child of this one.
 */
export function startSleeper(): Sleeper {
  const pid = spawn({ path: "/bin/sleep", args: ["sleep", "1000"], env: {}, fds: {} });
  let isThere = true;
  const end = () => {
    if (!isThere) return;
    isThere = false;
    kill(pid, Signal.SIGKILL);
    waitFor(pid);
  };
  return { pid, end, [Symbol.dispose]: end };
}

/**
 * Starts a process that has a certain pid (`/proc/sys/kernel/ns_last_pid`, pid_namespaces(7)).
 *
 * @param pid The pid, which nobody has.
 * @returns The process, a child of this one.
 */
export function startSleeperAs(pid: number): Sleeper {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    Deno.writeTextFileSync("/proc/sys/kernel/ns_last_pid", `${pid - 1}`);
    const sleeper = startSleeper();
    if (sleeper.pid === pid) return sleeper;
    sleeper.end();
  }
  throw new Error(`Cannot start a process as ${pid}: somebody else has that pid`);
}
