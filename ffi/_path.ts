/**
 * Paths as the kernel takes them: bytes.
 *
 * @module
 */

import { errno } from "./_libc.ts";
import { cString } from "./_cstring.ts";
import { Errno, SyscallError } from "./error.ts";

/**
 * A path: text, passed as UTF-8, or bytes that end with NUL, passed as they are.
 *
 * A file name on Linux need not be UTF-8, so what handles names it did not choose passes bytes.
 */
export type PathArgument = string | Uint8Array<ArrayBuffer>;

/**
 * Encodes a path.
 *
 * @param path Text without NUL, or bytes that end with NUL.
 * @returns The bytes, the final NUL included.
 * @throws {TypeError} The text holds a NUL, or the bytes lack the final one.
 */
export function pathBytes(path: PathArgument): Uint8Array<ArrayBuffer> {
  if (typeof path === "string") return cString(path);
  // Without it the kernel would read on into whatever memory follows.
  if (path[path.length - 1] !== 0) throw new TypeError("Cannot pass a path without a final NUL");
  return path;
}

/**
 * Makes a system call on a path, again for as long as a signal interrupts it.
 *
 * @param syscall The call's name, for the error.
 * @param path What it is called on, for the error.
 * @param call Makes the call; -1 is failure.
 * @returns What the call returned.
 * @throws {SyscallError} The call failed.
 */
export function callOnPath(syscall: string, path: PathArgument, call: () => number): number {
  for (;;) {
    const result = call();
    if (result !== -1) return result;
    // Read before anything else is done, as any other call may change it.
    const number = errno();
    if (number !== Errno.EINTR) throw new SyscallError(syscall, pathText(path), number);
  }
}

/** Shows a path in a message; bytes that are not UTF-8 become U+FFFD. */
function pathText(path: PathArgument): string {
  return typeof path === "string" ? path : new TextDecoder().decode(path.subarray(0, -1));
}
