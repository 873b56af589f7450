/**
 * Taking little memory while there is nothing to do.
 *
 * Starting up, and starting containers, goes through some 40 MB of the runtime's executable, of which
 * waiting needs a tenth. What was read only stays mapped for as long as nobody else wants the memory,
 * and counts as this process's.
 *
 * @module
 */

import { forgetPages, trimAllocator } from "../../ffi/mod.ts";

/** A part of this process's memory. */
export interface Mapping {
  /** Its first address. */
  start: bigint;
  /** The address behind its last byte. */
  end: bigint;
}

/** Gives back what is not needed while there is nothing to do; it comes back by itself. */
export function releaseIdleMemory(): void {
  trimAllocator();
  const smaps = Deno.readTextFileSync("/proc/self/smaps");
  for (const { end, start } of unchangedFileMappings(smaps)) forgetPages(start, end - start);
}

/**
 * Finds mapped files of which no page was changed in memory, and none can be: forgetting changes would
 * undo them.
 *
 * @param smaps The content of a process's `/proc/PID/smaps` (proc_pid_smaps(5)).
 * @returns Where they are.
 */
export function unchangedFileMappings(smaps: string): Mapping[] {
  const found: Mapping[] = [];
  let candidate: Mapping | undefined;
  for (const line of smaps.split("\n")) {
    // Addresses, permissions (neither writable nor shared), offset, device, inode, path.
    const header = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+ *(.*)$/.exec(line);
    if (header) {
      const [, start, end, permissions, path = ""] = header;
      const isWanted = /^r-.p$/.test(permissions!) && path.startsWith("/");
      candidate = isWanted ? { start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) } : undefined;
    } else if (candidate && /^Anonymous: +0 kB$/.test(line)) {
      found.push(candidate);
    }
  }
  return found;
}
