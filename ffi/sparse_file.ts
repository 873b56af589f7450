/**
 * Making files with holes: ranges that read as zeros and take no room.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { callOnPath } from "./_path.ts";

/** `SEEK_SET` (linux/fs.h). */
const SEEK_SET = 0;

// off_t lseek(int fd, off_t offset, int whence);                                     lseek(2)
const lseek_ = libc("lseek", { parameters: ["i32", "i64", "i32"], result: "i64" });

// int ftruncate(int fd, off_t length);                                            truncate(2)
const ftruncate_ = libc("ftruncate", { parameters: ["i32", "i64"], result: "i32" });

/**
 * Moves an open file's position; a write beyond the end leaves a hole before it.
 *
 * @param fd The file's descriptor.
 * @param offset The new position, in bytes from the start.
 * @throws {SyscallError} The call failed.
 */
export function lseek(fd: number, offset: number): void {
  callOnPath("lseek", String(fd), () => Number(lseek_(fd, BigInt(offset), SEEK_SET)));
}

/**
 * Sets an open file's size; what is added is a hole.
 *
 * @param fd The file's descriptor.
 * @param length The size in bytes.
 * @throws {SyscallError} The call failed.
 */
export function ftruncate(fd: number, length: number): void {
  callOnPath("ftruncate", String(fd), () => ftruncate_(fd, BigInt(length)));
}
