/**
 * Files that exist in memory only (memfd_create(2)).
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { cString } from "./_cstring.ts";
import { check, Errno, isErrno } from "./error.ts";
import { close, writeAll } from "./fd.ts";

// int memfd_create(const char *name, unsigned int flags);                       memfd_create(2)
const memfdCreate_ = libc("memfd_create", { parameters: ["buffer", "u32"], result: "i32" });
// int fcntl(int fd, int cmd, long arg);                                                 fcntl(2)
const fcntl_ = libc("fcntl", { parameters: ["i32", "i32", "isize"], result: "i32" });

// linux/memfd.h
const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const MFD_EXEC = 0x10;
// linux/fcntl.h: F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE.
const F_ADD_SEALS = 1033;
const ALL_SEALS = 0xfn;

/**
 * Creates an executable file in memory that nobody can change any more.
 *
 * @param name What `/proc/PID/exe` shows of it.
 * @param bytes Its content.
 * @returns A descriptor, closed on exec; `/proc/self/fd/N` is its path.
 * @throws {SyscallError} `EACCES`: `vm.memfd_noexec` forbids it.
 */
export function createSealedExecutable(name: string, bytes: Uint8Array<ArrayBuffer>): number {
  const fd = createMemoryFile(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  try {
    writeAll(fd, bytes);
    check(fcntl_(fd, F_ADD_SEALS, ALL_SEALS), "fcntl", "F_ADD_SEALS");
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

function createMemoryFile(name: string, flags: number): number {
  try {
    return check(memfdCreate_(cString(name), flags), "memfd_create", name);
  } catch (error) {
    // Before Linux 6.3 every such file is executable, and the flag unknown.
    if (!isErrno(error, Errno.EINVAL) || !(flags & MFD_EXEC)) throw error;
    return createMemoryFile(name, flags & ~MFD_EXEC);
  }
}
