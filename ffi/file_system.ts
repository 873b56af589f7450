/**
 * File systems (statfs(2)), and room on them (fallocate(2)).
 *
 * @module
 */

import { cString } from "./_cstring.ts";
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

// Words of glibc's struct statfs on 64-bit machines, each of 8 bytes (statfs(2)).
const StatfsWord = { BSIZE: 1, BLOCKS: 2, BAVAIL: 4, FILES: 5, FFREE: 6 } as const;

// int statfs(const char *path, struct statfs *buf);                                    statfs(2)
const statfs_ = libc("statfs", { parameters: ["buffer", "buffer"], result: "i32" });

/** How much room a file system has. */
export interface FileSystemRoom {
  /** Its size, in bytes; 0 where it does not say, as ramfs. */
  size: number;
  /** Bytes that are free for everybody. */
  free: number;
  /** How many files and directories it can hold; 0 where it does not say. */
  files: number;
  /** How many more it can hold. */
  freeFiles: number;
}

/**
 * Tells how much room a file system has (statfs(2)).
 *
 * @param path A file or directory on it.
 * @returns The room.
 * @throws {SyscallError} The call failed.
 */
export function fileSystemRoom(path: string): FileSystemRoom {
  const buffer = new BigUint64Array(STATFS_SIZE / 8);
  check(statfs_(cString(path), buffer), "statfs", path);
  const word = (index: number) => Number(buffer[index]);
  const unit = word(StatfsWord.BSIZE);
  return {
    size: word(StatfsWord.BLOCKS) * unit,
    free: word(StatfsWord.BAVAIL) * unit,
    files: word(StatfsWord.FILES),
    freeFiles: word(StatfsWord.FFREE),
  };
}

// int fallocate(int fd, int mode, off_t offset, off_t len);                         fallocate(2)
const fallocate_ = libc("fallocate", { parameters: ["i32", "i32", "i64", "i64"], result: "i32" });

/**
 * Takes room for a file, which becomes that long (fallocate(2), mode 0).
 *
 * @param fd The file, open for writing.
 * @param length Bytes from its beginning.
 * @throws {SyscallError} The call failed; `ENOSPC`: there is no such room; `EOPNOTSUPP`: the file
 * system cannot do that.
 */
export function allocate(fd: number, length: number): void {
  check(fallocate_(fd, 0, 0n, BigInt(length)), "fallocate", `descriptor ${fd}`);
}
