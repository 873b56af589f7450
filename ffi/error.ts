/**
 * The error of a failed system call.
 *
 * @module
 */

import { errno } from "./_libc.ts";

/** Error numbers of Linux this program tells apart (asm-generic/errno.h; amd64 and arm64 agree). */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  ENOEXEC: 8,
  EBADF: 9,
  ECHILD: 10,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EMFILE: 24,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  EPIPE: 32,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ENODATA: 61,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  EDQUOT: 122,
} as const;

const TEXT: Readonly<Record<number, string>> = {
  1: "operation not permitted",
  2: "no such file or directory",
  3: "no such process",
  4: "interrupted system call",
  5: "input/output error",
  6: "no such device or address",
  7: "argument list too long",
  8: "exec format error",
  9: "bad file descriptor",
  10: "no child processes",
  11: "resource temporarily unavailable",
  12: "cannot allocate memory",
  13: "permission denied",
  16: "device or resource busy",
  17: "file exists",
  18: "invalid cross-device link",
  19: "no such device",
  20: "not a directory",
  21: "is a directory",
  22: "invalid argument",
  24: "too many open files",
  26: "text file busy",
  27: "file too large",
  28: "no space left on device",
  30: "read-only file system",
  32: "broken pipe",
  36: "file name too long",
  38: "function not implemented",
  39: "directory not empty",
  40: "too many levels of symbolic links",
  61: "no data available",
  95: "operation not supported",
  97: "address family not supported by protocol",
  98: "address already in use",
  99: "cannot assign requested address",
  122: "disk quota exceeded",
};

/**
 * Says an error number in words, as strerror(3) does.
 *
 * @param number The error number.
 * @returns Its text in lower case, or `errno N`.
 */
export function errnoText(number: number): string {
  return TEXT[number] ?? `errno ${number}`;
}

/** A system call that failed. */
export class SyscallError extends Error {
  /** The class's name, as `Error.prototype.name` is. */
  override readonly name: string = "SyscallError";
  /** The call's name, as its man page spells it. */
  readonly syscall: string;
  /** The error number (errno(3)). */
  readonly errno: number;

  /**
   * Creates the error of one call.
   *
   * @param syscall The call's name, as its man page spells it.
   * @param object What it was called on: a path, a pid, a flag.
   * @param number The error number.
   */
  constructor(syscall: string, object: string, number: number) {
    super(`${syscall} ${object}: ${errnoText(number)}`);
    this.syscall = syscall;
    this.errno = number;
  }
}

/**
 * Checks a call's result.
 *
 * @param result What the call returned; -1 is failure.
 * @param syscall The call's name.
 * @param object What it was called on.
 * @returns The result, when it is not -1.
 * @throws {SyscallError} The call failed.
 */
export function check(result: number, syscall: string, object: string): number {
  if (result === -1) throw new SyscallError(syscall, object, errno());
  return result;
}

/**
 * Tells whether an error is a failed call with one of the given numbers.
 *
 * @param error Anything that was thrown.
 * @param numbers The numbers asked for.
 * @returns Whether it is.
 */
export function isErrno(error: unknown, ...numbers: number[]): error is SyscallError {
  return error instanceof SyscallError && numbers.includes(error.errno);
}
