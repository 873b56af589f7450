/**
 * System calls as data: what is called, and with what.
 *
 * Some things are done by this process or by another one (call_program.ts); said as
 * data they are said once.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { cString, cStringArray } from "./_cstring.ts";
import { check } from "./error.ts";

/** Numbers of x86-64 (asm/unistd_64.h) and of arm64 (asm-generic/unistd.h). */
const NUMBERS = {
  bpf: [321, 280],
  capset: [126, 91],
  clone: [56, 220],
  clone3: [435, 435],
  dup3: [292, 24],
  close: [3, 57],
  close_range: [436, 436],
  execve: [59, 221],
  exit_group: [231, 94],
  fchdir: [81, 50],
  fcntl: [72, 25],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fsopen: [430, 430],
  ioctl: [16, 29],
  keyctl: [250, 219],
  mmap: [9, 222],
  openat: [257, 56],
  openat2: [437, 437],
  ppoll: [271, 73],
  prctl: [157, 167],
  prlimit64: [302, 261],
  read: [0, 63],
  recvmsg: [47, 212],
  setfsgid: [123, 152],
  setfsuid: [122, 151],
  seccomp: [317, 277],
  sendmsg: [46, 211],
  setgroups: [116, 159],
  setns: [308, 268],
  setresgid: [119, 149],
  setresuid: [117, 147],
  setsid: [112, 157],
  umask: [95, 166],
  unshare: [272, 97],
  write: [1, 64],
} as const;

/** A system call that can be said as data: its name, or `#` and its number. */
export type SystemCallName = keyof typeof NUMBERS | `#${number}`;

/** What is passed to it: a number, bytes it reads, a string, an array of strings, or a structure. */
export type SystemCallArgument =
  | number
  | bigint
  | string
  | readonly string[]
  | ArrayBufferView
  | SystemCallStructure;

/** A structure of 64-bit words. */
export interface SystemCallStructure {
  /** Its words: numbers, or what a word points to. */
  words: readonly SystemCallArgument[];
}

/** A system call. */
export interface SystemCall {
  /** Its name, as its man page spells it. */
  name: SystemCallName;
  /** Its arguments; those that are left out are 0. */
  args: readonly SystemCallArgument[];
  /** What it is for, where the name alone would not tell whoever has to report its failure. */
  purpose?: string;
  /** Whether it does not matter that it fails. */
  mayFail?: boolean;
}

/**
 * Tells a system call's number.
 *
 * @param name Its name.
 * @param arch The architecture.
 * @returns The number.
 */
export function systemCallNumber(
  name: SystemCallName,
  arch: typeof Deno.build.arch = Deno.build.arch,
): number {
  if (name.startsWith("#")) return Number(name.slice(1));
  return NUMBERS[name as keyof typeof NUMBERS][arch === "x86_64" ? 0 : 1];
}

// long syscall(long number, ...);                                                     syscall(2)
const syscall_ = libc("syscall", {
  parameters: ["isize", "isize", "isize", "isize", "isize", "isize", "isize"],
  result: "isize",
});

/**
 * Makes a system call, on the calling thread.
 *
 * @param call The call.
 * @returns What it returned; -1 where it failed and may.
 * @throws {SyscallError} It failed.
 */
export function makeSystemCall(call: SystemCall): number {
  return prepareSystemCall(call)();
}

/**
 * Gets a system call ready, so that nothing but the call itself is left to do.
 *
 * @param call The call.
 * @returns Makes the call; see {@linkcode makeSystemCall}.
 */
export function prepareSystemCall(call: SystemCall): () => number {
  const { args, mayFail, name } = call;
  const memory: ArrayBufferView<ArrayBuffer>[] = [];
  const number = BigInt(systemCallNumber(name));
  const [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n] = args.map((arg) => word(arg, memory));
  const what = call.purpose ?? describeArgument(args[0]);
  return () => {
    const result = Number(syscall_(number, a, b, c, d, e, f));
    // Kept alive up to here: the kernel reads it.
    void memory.length;
    return mayFail ? result : check(result, name, what);
  };
}

/** What the kernel is passed for an argument; what it points to is added to the memory in use. */
function word(arg: SystemCallArgument, memory: ArrayBufferView<ArrayBuffer>[]): bigint {
  if (typeof arg === "number" || typeof arg === "bigint") return BigInt(arg);
  const bytes = pointedTo(arg, memory);
  memory.push(bytes);
  return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)));
}

function pointedTo(
  arg: Exclude<SystemCallArgument, number | bigint>,
  memory: ArrayBufferView<ArrayBuffer>[],
): ArrayBufferView<ArrayBuffer> {
  if (typeof arg === "string") return cString(arg);
  if (Array.isArray(arg)) return cStringArray(arg);
  if (ArrayBuffer.isView(arg)) return arg as ArrayBufferView<ArrayBuffer>;
  const { words } = arg as SystemCallStructure;
  return BigUint64Array.from(words, (each) => BigInt.asUintN(64, word(each, memory)));
}

function describeArgument(arg: SystemCallArgument | undefined): string {
  return typeof arg === "object" || arg === undefined ? "" : String(arg);
}
