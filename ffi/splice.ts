/**
 * Looking into pipes, and emptying them, without copying (tee(2), splice(2)).
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { check, Errno, isErrno } from "./error.ts";

const SPLICE_F_NONBLOCK = 2;
// asm-generic/ioctls.h
const FIONREAD = 0x541bn;

// ssize_t tee(int fd_in, int fd_out, size_t len, unsigned int flags);                    tee(2)
const tee_ = libc("tee", { parameters: ["i32", "i32", "usize", "u32"], result: "isize" });
// ssize_t splice(int fd_in, off_t *off_in, int fd_out, off_t *off_out, size_t len,
//                unsigned int flags);                                                 splice(2)
const splice_ = libc("splice", {
  parameters: ["i32", "buffer", "i32", "buffer", "usize", "u32"],
  result: "isize",
});
// int ioctl(int fd, unsigned long request, int *argp);                                  ioctl(2)
const ioctl_ = libc("ioctl", { parameters: ["i32", "usize", "buffer"], result: "i32" });
// ssize_t pwrite(int fd, const void *buf, size_t count, off_t offset);                 pwrite(2)
const pwrite_ = libc("pwrite", {
  parameters: ["i32", "buffer", "usize", "isize"],
  result: "isize",
});

/**
 * Copies what is in a pipe to another one and leaves it where it is (tee(2)).
 *
 * @param from A pipe to read from.
 * @param to A pipe to write to.
 * @param most How many bytes at most.
 * @returns How many bytes, 0 at the end; `undefined` where there are none at the moment.
 * @throws {SyscallError} The call failed.
 */
export function tee(from: number, to: number, most: number): number | undefined {
  return unlessEmpty(
    () => Number(tee_(from, to, BigInt(most), SPLICE_F_NONBLOCK)),
    "tee",
    `descriptor ${from}`,
  );
}

/**
 * Moves bytes out of a pipe (splice(2)).
 *
 * @param from A pipe to read from.
 * @param to Where they go.
 * @param most How many bytes at most.
 * @returns How many bytes; `undefined` where there are none at the moment.
 * @throws {SyscallError} The call failed.
 */
export function splice(from: number, to: number, most: number): number | undefined {
  return unlessEmpty(
    () => Number(splice_(from, null, to, null, BigInt(most), SPLICE_F_NONBLOCK)),
    "splice",
    `descriptor ${from}`,
  );
}

function unlessEmpty(call: () => number, name: string, object: string): number | undefined {
  while (true) {
    try {
      return check(call(), name, object);
    } catch (error) {
      if (isErrno(error, Errno.EAGAIN)) return undefined;
      if (!isErrno(error, Errno.EINTR)) throw error;
    }
  }
}

/**
 * Tells how many bytes a pipe holds (FIONREAD).
 *
 * @param fd Either end.
 * @returns How many.
 * @throws {SyscallError} The call failed.
 */
export function bytesInPipe(fd: number): number {
  const count = new Int32Array(1);
  check(ioctl_(fd, FIONREAD, new Uint8Array(count.buffer)), "ioctl", "FIONREAD");
  return count[0]!;
}

/**
 * Writes to a place in a file (pwrite(2)).
 *
 * @param fd A descriptor of the file.
 * @param bytes What to write; few enough for one call.
 * @param offset Where, in bytes.
 * @throws {SyscallError} The call failed.
 */
export function writeAt(fd: number, bytes: Uint8Array<ArrayBuffer>, offset: number): void {
  const result = pwrite_(fd, bytes, BigInt(bytes.length), BigInt(offset));
  check(Number(result), "pwrite", `descriptor ${fd}`);
}
