/**
 * File systems (statfs(2)).
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { check } from "./error.ts";

// glibc's struct statfs has 120 bytes; f_type is its first word.
const STATFS_SIZE = 128;

/** Types of file systems (linux/magic.h). */
export const FileSystemType = { PROC: 0x9fa0 } as const;

// int fstatfs(int fd, struct statfs *buf);                                             statfs(2)
const fstatfs_ = libc("fstatfs", { parameters: ["i32", "buffer"], result: "i32" });

/**
 * Tells the type of the file system a file is on (fstatfs(2)).
 *
 * @param fd A descriptor of the file, an `O_PATH` one too.
 * @returns One of {@linkcode FileSystemType}, or another number of linux/magic.h.
 * @throws {SyscallError} The call failed.
 */
export function fileSystemType(fd: number): number {
  const buffer = new BigUint64Array(STATFS_SIZE / 8);
  check(fstatfs_(fd, buffer), "fstatfs", `descriptor ${fd}`);
  return Number(buffer[0]);
}
