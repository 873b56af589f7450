/**
 * Taking little memory while there is nothing to do.
 *
 * Starting up, and starting containers, goes through some 40 MB of the runtime's executable, of which
 * waiting needs a tenth. What was read only stays mapped for as long as nobody else wants the memory,
 * and counts as this process's.
 *
 * @module
 */

import { forgetPages, trimAllocator } from "../../../ffi/mod.ts";

// How long after a collection the last of its threads has come to rest.
const SETTLE_MILLISECONDS = 500;

/** A part of this process's memory. */
export interface Mapping {
  /** The file that is mapped. */
  path: string;
  /** Its first address. */
  start: bigint;
  /** The address behind its last byte. */
  end: bigint;
}

/**
 * Gives back what is not needed while there is nothing to do; it comes back by itself.
 *
 * @returns When all of it was given back, a moment later.
 * @throws {SyscallError} The kernel refused.
 */
export async function releaseIdleMemory(): Promise<void> {
  collectGarbage();
  trimAllocator();
  const mappings = forgetFiles();
  // All this has itself gone through some megabytes of the executable. Of other files nobody can tell
  // whether they are still mapped there a moment later.
  const executable = mappings.filter(({ path }) => path === Deno.execPath());
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MILLISECONDS));
  executable.forEach(forget);
}

/** Without a turn in between, in which a file might make room for memory that must not be forgotten. */
function forgetFiles(): Mapping[] {
  const mappings = unchangedFileMappings(Deno.readTextFileSync("/proc/self/smaps"));
  mappings.forEach(forget);
  return mappings;
}

function forget({ end, start }: Mapping): void {
  forgetPages(start, end - start);
}

/** The function is there where V8 is told to show it, see lib/runtime/start/self_command.ts. */
function collectGarbage(): void {
  const { gc } = globalThis as { gc?: (how: { type: "major"; flavor: "last-resort" }) => void };
  gc?.({ type: "major", flavor: "last-resort" });
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
    // Addresses, permissions (not writable), offset, device, inode, path.
    const header = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+ *(.*)$/.exec(line);
    if (header) {
      const [, start, end, permissions, path = ""] = header;
      const isWanted = /^r-.[ps]$/.test(permissions!) && path.startsWith("/");
      candidate = isWanted
        ? { path, start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) }
        : undefined;
    } else if (candidate && /^Anonymous: +0 kB$/.test(line)) {
      found.push(candidate);
    }
  }
  return found;
}
