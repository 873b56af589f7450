/**
 * What a program of call_program.ts goes on with, once it is known.
 *
 * A container's first process has to be there before the container is: its namespaces are its own,
 * and its root is mounted in one of them. So what it does at the end can only be told later. It waits
 * at a socket for a file in memory that holds more of its list, which it maps and goes on in, and for
 * the descriptors that are used there. Where the socket is closed, it ends.
 *
 * ```text
 *   0x10000000  the list: entries as in call_program.ts
 *   behind it   what arguments point to
 * ```
 *
 * @module
 */

import { CallData, ENTRY_SIZE } from "./_call_data.ts";
import { sendDescriptors } from "./descriptor_passing.ts";
import { close, writeAll } from "./fd.ts";
import { createDataFile } from "./memory_file.ts";
import type { SystemCall } from "./system_call.ts";

/** Where the list is in the program's memory: far from everything that is there already. */
export const CONTINUATION_LIST = 0x10000000;
/** More than a list can take: the kernel limits what execve is given to 6 MB (execve(2)). */
const SIZE = 16 << 20;

// linux/mman.h, asm-generic/mman-common.h
const PROT_READ_WRITE = 3;
const MAP_PRIVATE_FIXED = 0x12;
const LAST_DESCRIPTOR = 0xffffffff;
// struct cmsghdr and a descriptor each (cmsg(3)), for as many as are ever sent.
const CONTROL_SIZE = 64;

/** More of a program's list. */
export interface EncodedContinuation {
  /** What is to be in memory from {@linkcode CONTINUATION_LIST} on. */
  bytes: Uint8Array<ArrayBuffer>;
  /**
   * Finds the call that a report is about.
   *
   * @param address The address in the report.
   * @returns The call, or nothing where it is none of these.
   */
  callAt(address: number): SystemCall | undefined;
}

/**
 * Lists what a program does to go on.
 *
 * @param socket The socket it waits at.
 * @param free The lowest descriptor that it may close.
 * @returns The calls; after the last one it goes on at {@linkcode CONTINUATION_LIST}.
 */
export function continuationCalls(socket: number, free: number): SystemCall[] {
  const part = { words: [new Uint8Array(8), 1] };
  const control = new Uint8Array(CONTROL_SIZE);
  // struct msghdr (recvmsg(2)): name, its length, parts, how many, control, its length, flags.
  const message = { words: [0, 0, part, 1, control, CONTROL_SIZE, 0] };
  return [
    { name: "read", args: [socket, new Uint8Array(8), 1] },
    // From here on it is known which numbers descriptors get.
    { name: "close_range", args: [free, LAST_DESCRIPTOR, 0] },
    { name: "recvmsg", args: [socket, message, 0] },
    {
      name: "mmap",
      args: [CONTINUATION_LIST, SIZE, PROT_READ_WRITE, MAP_PRIVATE_FIXED, free, 0],
      purpose: "waiting for what to do",
    },
    { name: "close", args: [free] },
  ];
}

/**
 * Makes more of a program's list.
 *
 * @param calls The calls; the program should not return from the last one.
 * @param arch The architecture.
 * @returns The continuation.
 */
export function encodeContinuation(
  calls: readonly SystemCall[],
  arch: typeof Deno.build.arch = Deno.build.arch,
): EncodedContinuation {
  const end = CONTINUATION_LIST + calls.length * ENTRY_SIZE;
  const data = new CallData(CONTINUATION_LIST, end, arch);
  data.list(CONTINUATION_LIST, calls);
  return {
    bytes: data.bytes(),
    callAt: (address) => calls[(address - CONTINUATION_LIST) / ENTRY_SIZE],
  };
}

/**
 * Makes the report of a failed call, for whoever makes it in the program's stead.
 *
 * @param index Which of the continuation's calls it was.
 * @param errno The error number.
 * @returns The report.
 */
export function continuationReport(index: number, errno: number): Uint8Array<ArrayBuffer> {
  const words = BigInt64Array.of(BigInt(CONTINUATION_LIST + index * ENTRY_SIZE), BigInt(-errno));
  return new Uint8Array(words.buffer);
}

/**
 * Has a program go on.
 *
 * @param socket Our end of the socket it waits at.
 * @param continuation What it goes on with.
 * @param descriptors What it gets: the first one becomes the number after the lowest it may close.
 * @throws {SyscallError} `EPIPE`: it is dead.
 */
export function sendContinuation(
  socket: number,
  { bytes }: EncodedContinuation,
  descriptors: readonly number[],
): void {
  const file = createDataFile("tsd-calls");
  try {
    writeAll(file, bytes);
    // The one that is read apart lets it close what it has first.
    writeAll(socket, new Uint8Array(1));
    sendDescriptors(socket, [file, ...descriptors]);
  } finally {
    close(file);
  }
}
