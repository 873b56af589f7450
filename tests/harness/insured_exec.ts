/**
 * Commands whose end is told though the `exec` that looks after them is killed.
 *
 * @module
 */
import type { Tsd } from "./tsd.ts";
import { waitUntil } from "./wait_until.ts";

/**
 * Waits until the supervisor would take the place of an `exec`.
 *
 * @param tsd Its instance.
 * @param client The pid of the `exec`.
 */
export async function isInsured(tsd: Tsd, client: number): Promise<void> {
  await waitUntil(`somebody to watch process ${client}`, () => isWatched(tsd, client));
}

/**
 * Tells whether the supervisor would take the place of an `exec`, or has to see whether it must.
 *
 * @param tsd Its instance.
 * @param client The pid of the `exec`.
 * @returns Whether it would.
 */
export async function isWatched(tsd: Tsd, client: number): Promise<boolean> {
  for (const { pid, text } of await tsd.processes(false)) {
    if (text.includes("supervisor") && await holdsProcess(pid, client)) return true;
  }
  return false;
}

/** proc_pid_fdinfo(5): of a pidfd, it names the process; -1 once that has been waited for. */
async function holdsProcess(holder: number, pid: number): Promise<boolean> {
  for await (const { name } of Deno.readDir(`/proc/${holder}/fdinfo`)) {
    const text = await Deno.readTextFile(`/proc/${holder}/fdinfo/${name}`).catch(() => "");
    if (new RegExp(`^Pid:\\t${pid}$`, "m").test(text)) return true;
  }
  return false;
}
