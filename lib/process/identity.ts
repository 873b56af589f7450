/**
 * Telling a process from a later one that was given its pid.
 *
 * @module
 */

import { isGone } from "../gone.ts";

/** A process, for as long as this machine runs and longer. */
export interface ProcessIdentity {
  /** Its pid on the host. */
  pid: number;
  /** When it started, in clock ticks since boot (`/proc/PID/stat`, field 22). */
  start: number;
  /** The boot it belongs to (`/proc/sys/kernel/random/boot_id`). */
  bootId: string;
}

/** What `/proc/PID/stat` says of a process (proc_pid_stat(5)). */
export interface ProcessStat {
  /** One letter; `Z` is a zombie. */
  state: string;
  /** Its parent's pid. */
  parent: number;
  /** Field 22, in clock ticks since boot. */
  start: number;
  /** Field 52, the status word of wait(2), once it is a zombie. */
  exitStatus: number;
}

/**
 * Reads what the kernel says of a process.
 *
 * @param pid Its pid.
 * @returns The fields, or nothing where there is no such process.
 */
export function readProcessStat(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
  return parseProcessStat(text);
}

/**
 * Takes apart what the kernel says of a process.
 *
 * @param text The text of its `stat` (proc_pid_stat(5)).
 * @returns The fields.
 */
export function parseProcessStat(text: string): ProcessStat {
  // The second field is a name in parentheses that may hold anything, more parentheses included.
  const fields = text.slice(text.lastIndexOf(")") + 2).trim().split(" ");
  const field = (number: number) => fields[number - 3]!;
  return {
    state: field(3),
    parent: Number(field(4)),
    start: Number(field(22)),
    exitStatus: Number(field(52)),
  };
}

let bootId: string | undefined;

/**
 * Tells which boot this is.
 *
 * @returns The kernel's boot id, read once.
 */
export function currentBootId(): string {
  return bootId ??= Deno.readTextFileSync("/proc/sys/kernel/random/boot_id").trim();
}

/**
 * Identifies a running process.
 *
 * @param pid Its pid.
 * @returns Its identity, or nothing where there is no such process.
 */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = readProcessStat(pid);
  return stat && { pid, start: stat.start, bootId: currentBootId() };
}

/**
 * Tells whether a process still exists and has not ended.
 *
 * @param process Its identity.
 * @returns Whether it runs; a zombie does not.
 */
export function isAlive(process: ProcessIdentity): boolean {
  if (process.bootId !== currentBootId()) return false;
  const stat = readProcessStat(process.pid);
  return stat !== undefined && stat.start === process.start && stat.state !== "Z" &&
    stat.state !== "X";
}
