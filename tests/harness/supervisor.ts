/**
 * What the supervisor of an instance takes of the host.
 *
 * @module
 */

import type { Tsd } from "./tsd.ts";

/**
 * Finds an instance's supervisor.
 *
 * @param tsd The instance.
 * @returns Its pid.
 * @throws {Error} There is none.
 */
export async function supervisorOf(tsd: Tsd): Promise<number> {
  const processes = await tsd.processes(false);
  const found = processes.find(({ command }) => command.includes("--tsd-mode supervisor"));
  if (!found) throw new Error("Cannot find the instance's supervisor: none runs");
  return found.pid;
}

/**
 * Measures what memory is a process's alone (`smaps_rollup` of proc_pid_smaps(5)).
 *
 * @param pid The process.
 * @returns Bytes that belong to no file.
 */
export function anonymousMemory(pid: number): Promise<number> {
  return memory(pid, "Anonymous");
}

/**
 * Measures a process's part of the memory in use (`smaps_rollup` of proc_pid_smaps(5)).
 *
 * @param pid The process.
 * @returns Its proportional set size, in bytes.
 */
export function proportionalMemory(pid: number): Promise<number> {
  return memory(pid, "Pss");
}

async function memory(pid: number, field: string): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`);
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text)![1]) * 1024;
}

/**
 * Tells what the open descriptors of a process are.
 *
 * @param pid The process.
 * @returns Paths and kinds, sorted; without the numbers of pipes and sockets, which differ from one
 * to the next.
 */
export async function descriptorsOf(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const links = await Promise.all(entries.map(async ({ name }) => {
    try {
      return (await Deno.readLink(`${folder}/${name}`)).replace(/:\[\d+\]$/, "");
    } catch (error) {
      // Closed meanwhile.
      if (error instanceof Deno.errors.NotFound) return "closed";
      throw error;
    }
  }));
  return links.sort();
}
