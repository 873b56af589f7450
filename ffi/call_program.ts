/**
 * A program that makes a list of system calls, and nothing else.
 *
 * What joins a container has to be a process of its own with a single thread, must not carry anything
 * of ours into the container, and should not take 20 ms to start, as this runtime does. So it is a
 * program of some 100 bytes that goes through a list: where a call fails, it says so and ends.
 *
 * ```text
 *   0x400000  headers and code, which is always the same
 *   0x600000  a record: the address of the entry that failed, and minus the error number
 *   0x600040  the list of what is done on a failure: write the record, exit
 *   0x6000c0  the list: entries of 8 words
 *             number (then the result), 6 arguments, what to do with the result
 *   behind it what arguments point to
 * ```
 *
 * The last word of an entry: 0, the call must not fail; 1, it may; otherwise it must not fail and,
 * where the result is 0, the list goes on at that address: so the two sides of a fork part.
 *
 * @module
 */

import { CallData, ENTRY_SIZE } from "./_call_data.ts";
import { DATA_ADDRESS, executableFile } from "./_executable.ts";
import {
  CONTINUATION_LIST,
  continuationCalls,
  type EncodedContinuation,
} from "./call_continuation.ts";
import type { SystemCall } from "./system_call.ts";

/** What the program does. */
export interface CallProgram {
  /** Is done first. */
  before: readonly SystemCall[];
  /** Makes a copy of the process. */
  fork: SystemCall;
  /** Is done by the process itself once it has reported the copy; afterwards it ends. */
  parent?: readonly SystemCall[];
  /** Is done by the child then; it should not return from the last one, unless it goes on. */
  child: readonly SystemCall[];
  /** Whether the child goes on with what it is sent; see call_continuation.ts. */
  continuation?: {
    /** The socket it is sent that through. */
    socket: number;
    /** The lowest descriptor that it may close: all from there on are, before it gets others. */
    free: number;
  };
}

/** What the program reports: two words of 64 bits. */
export type CallReport =
  | {
    /** The copy was made. */
    kind: "forked";
    /** The child's pid, as the program sees it. */
    pid: number;
  }
  | {
    /** A call of the child's was reached that says so: see {@linkcode reachedCall}. */
    kind: "reached";
  }
  | {
    /** A call failed. */
    kind: "failed";
    /** The call. */
    call: SystemCall;
    /** The error number. */
    errno: number;
  };

/** An encoded program. */
export interface EncodedProgram {
  /** An executable file. */
  bytes: Uint8Array<ArrayBuffer>;
  /**
   * Takes a report apart.
   *
   * @param report {@linkcode REPORT_SIZE} bytes.
   * @param continuation What the program goes on with, where it does.
   * @returns What it says.
   */
  readReport(report: DataView, continuation?: EncodedContinuation): CallReport;
}

/** Bytes of a report. */
export const REPORT_SIZE = 16;

const FAILURE_LIST = DATA_ADDRESS + 0x40;
const LIST = DATA_ADDRESS + 0xc0;

// The same program for both, from programs/call_program.*.S; the addresses above are in it.
const CODE = {
  "x86_64": new Uint8Array([
    ...[0xbb, 0xc0, 0x00, 0x60, 0x00], //             mov  ebx, LIST
    ...[0x48, 0x8b, 0x03], //                   next: mov  rax, [rbx]
    ...[0x48, 0x8b, 0x7b, 0x08], //                   mov  rdi, [rbx+8]
    ...[0x48, 0x8b, 0x73, 0x10], //                   mov  rsi, [rbx+16]
    ...[0x48, 0x8b, 0x53, 0x18], //                   mov  rdx, [rbx+24]
    ...[0x4c, 0x8b, 0x53, 0x20], //                   mov  r10, [rbx+32]
    ...[0x4c, 0x8b, 0x43, 0x28], //                   mov  r8, [rbx+40]
    ...[0x4c, 0x8b, 0x4b, 0x30], //                   mov  r9, [rbx+48]
    ...[0x0f, 0x05], //                               syscall
    ...[0x48, 0x89, 0x03], //                         mov  [rbx], rax
    ...[0x48, 0x8b, 0x4b, 0x38], //                   mov  rcx, [rbx+56]
    ...[0x48, 0x83, 0xf9, 0x01], //                   cmp  rcx, 1
    ...[0x74, 0x17], //                               je   advance
    ...[0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff], //       cmp  rax, -4095
    ...[0x73, 0x15], //                               jae  fail
    ...[0x48, 0x85, 0xc9], //                         test rcx, rcx
    ...[0x74, 0x0a], //                               jz   advance
    ...[0x48, 0x85, 0xc0], //                         test rax, rax
    ...[0x75, 0x05], //                               jnz  advance
    ...[0x48, 0x89, 0xcb], //                         mov  rbx, rcx
    ...[0xeb, 0xbf], //                               jmp  next
    ...[0x48, 0x83, 0xc3, 0x40], //          advance: add  rbx, 64
    ...[0xeb, 0xb9], //                               jmp  next
    ...[0xba, 0x00, 0x00, 0x60, 0x00], //       fail: mov  edx, DATA_ADDRESS
    ...[0x48, 0x89, 0x1a], //                         mov  [rdx], rbx
    ...[0x48, 0x89, 0x42, 0x08], //                   mov  [rdx+8], rax
    ...[0xbb, 0x40, 0x00, 0x60, 0x00], //             mov  ebx, FAILURE_LIST
    ...[0xeb, 0xa6], //                               jmp  next
  ]),
  "aarch64": new Uint8Array(
    Uint32Array.of(
      0x52801813, //          movz w19, #0x00c0
      0x72a00c13, //          movk w19, #0x0060, lsl #16
      0xa9400268, //    next: ldp  x8, x0, [x19]
      0xa9410a61, //          ldp  x1, x2, [x19, #16]
      0xa9421263, //          ldp  x3, x4, [x19, #32]
      0xf9401a65, //          ldr  x5, [x19, #48]
      0xd4000001, //          svc  #0
      0xf9000260, //          str  x0, [x19]
      0xf9401e69, //          ldr  x9, [x19, #56]
      0xf100053f, //          cmp  x9, #1
      0x540000e0, //          b.eq advance
      0xb13ffc1f, //          cmn  x0, #4095
      0x540000e2, //          b.hs fail
      0xb4000089, //          cbz  x9, advance
      0xb5000060, //          cbnz x0, advance
      0xaa0903f3, //          mov  x19, x9
      0x17fffff2, //          b    next
      0x91010273, // advance: add  x19, x19, #64
      0x17fffff0, //          b    next
      0x5280000a, //    fail: movz w10, #0x0000
      0x72a00c0a, //          movk w10, #0x0060, lsl #16
      0xa9000153, //          stp  x19, x0, [x10]
      0x52800813, //          movz w19, #0x0040
      0x72a00c13, //          movk w19, #0x0060, lsl #16
      0x17ffffea, //          b    next
    ).buffer,
  ),
};

/**
 * Says that a place in the list was reached, by a report.
 *
 * @param descriptor Where the program reports.
 * @returns The call that does so.
 */
export function reachedCall(descriptor: number): SystemCall {
  return { name: "write", args: [descriptor, new Uint8Array(REPORT_SIZE), REPORT_SIZE] };
}

/**
 * Makes a program.
 *
 * @param program What it does.
 * @param descriptor Where it reports: a descriptor it is started with.
 * @param arch The architecture.
 * @returns The program.
 */
export function encodeProgram(
  program: CallProgram,
  descriptor: number,
  arch: typeof Deno.build.arch = Deno.build.arch,
): EncodedProgram {
  const forkAt = program.before.length;
  const parent: SystemCall[] = [
    // Of the entry itself: the result, and the first argument behind it.
    { name: "write", args: [descriptor, addressOf(forkAt), REPORT_SIZE] },
    ...program.parent ?? [],
    { name: "exit_group", args: [0] },
  ];
  const { continuation } = program;
  const last = continuation ? continuationCalls(continuation.socket, continuation.free) : [];
  const calls = [...program.before, program.fork, ...parent, ...program.child, ...last];
  const childAt = forkAt + 1 + parent.length;
  const data = new CallData(DATA_ADDRESS, LIST + calls.length * ENTRY_SIZE, arch);
  data.list(FAILURE_LIST, [
    { name: "write", args: [descriptor, DATA_ADDRESS, REPORT_SIZE], mayFail: true },
    { name: "exit_group", args: [1] },
  ]);
  data.list(LIST, calls);
  data.jump(addressOf(forkAt), addressOf(childAt));
  if (continuation) data.jump(addressOf(calls.length - 1), CONTINUATION_LIST);
  return {
    bytes: executableFile(CODE[arch], data.bytes(), arch),
    readReport: (report, continuation) => {
      const [first, second] = [report.getBigInt64(0, true), report.getBigInt64(8, true)];
      if (first === 0n) return { kind: "reached" };
      if (second >= 0n) return { kind: "forked", pid: Number(first) };
      const at = Number(first);
      const call = at < CONTINUATION_LIST
        ? calls[(at - LIST) / ENTRY_SIZE]
        : continuation?.callAt(at);
      if (!call) throw new RangeError(`Cannot find the call at 0x${at.toString(16)}`);
      return { kind: "failed", call, errno: Number(-second) };
    },
  };
}

function addressOf(index: number): number {
  return LIST + index * ENTRY_SIZE;
}
