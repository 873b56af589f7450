/**
 * Files that exist in memory only (memfd_create(2)).
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { cString } from "./_cstring.ts";
import { check, Errno, isErrno } from "./error.ts";
import { close, open, OpenFlag, writeAll } from "./fd.ts";

// int memfd_create(const char *name, unsigned int flags);                       memfd_create(2)
const memfdCreate_ = libc("memfd_create", { parameters: ["buffer", "u32"], result: "i32" });
// int fcntl(int fd, int cmd, long arg);                                                 fcntl(2)
const fcntl_ = libc("fcntl", { parameters: ["i32", "i32", "isize"], result: "i32" });

// int access(const char *pathname, int mode);                                          access(2)
const access_ = libc("access", { parameters: ["buffer", "i32"], result: "i32" });

const EXECUTABLE_MODE = 0o500;
const X_OK = 1;
// linux/memfd.h
const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const MFD_NOEXEC_SEAL = 8;
const MFD_EXEC = 0x10;
// linux/fcntl.h: F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE.
const F_ADD_SEALS = 1033;
const ALL_SEALS = 0xfn;

/** Where files without a name are made: folders of any host that can be expected to let execute. */
const FOLDERS = ["/run", "/var/tmp", "/tmp", "/"];

/**
 * Creates an executable file in memory that nobody can change any more.
 *
 * Where the host forbids those (`vm.memfd_noexec` of 2), it is a file on a disk that never had a name.
 * It cannot be sealed, but the kernel lets nobody write to it while it is executed, and then it is gone.
 *
 * @param name What `/proc/PID/exe` shows of it.
 * @param bytes Its content.
 * @returns A descriptor, closed on exec; `/proc/self/fd/N` is its path.
 * @throws {SyscallError} It cannot be made.
 */
export function createSealedExecutable(name: string, bytes: Uint8Array<ArrayBuffer>): number {
  let fd: number;
  try {
    fd = createMemoryFile(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  } catch (error) {
    if (!isErrno(error, Errno.EACCES)) throw error;
    return createUnnamedExecutable(bytes);
  }
  try {
    writeAll(fd, bytes);
    check(fcntl_(fd, F_ADD_SEALS, ALL_SEALS), "fcntl", "F_ADD_SEALS");
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/**
 * Creates an empty file in memory, for data.
 *
 * @param name What lists of descriptors show of it.
 * @returns A descriptor, closed on exec.
 * @throws {SyscallError} It cannot be made.
 */
export function createDataFile(name: string): number {
  return createMemoryFile(name, MFD_CLOEXEC | MFD_NOEXEC_SEAL);
}

/**
 * Creates an executable file that has no name (O_TMPFILE of open(2)).
 *
 * @param bytes Its content.
 * @param folders Where to try, in this order.
 * @returns A descriptor for reading, closed on exec.
 * @throws {SyscallError} None of the folders can hold one that can be executed.
 */
export function createUnnamedExecutable(
  bytes: Uint8Array<ArrayBuffer>,
  folders: readonly string[] = FOLDERS,
): number {
  let failure: unknown;
  for (const folder of folders) {
    try {
      return writeUnnamedFile(folder, bytes);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function writeUnnamedFile(folder: string, bytes: Uint8Array<ArrayBuffer>): number {
  const flags = OpenFlag.TMPFILE | OpenFlag.RDWR | OpenFlag.CLOEXEC;
  const writable = open(folder, flags, EXECUTABLE_MODE);
  const path = `/proc/self/fd/${writable}`;
  try {
    writeAll(writable, bytes);
    // X_OK takes the mount's noexec into account.
    check(access_(cString(path), X_OK), "access", folder);
    // What is open for writing cannot be executed.
    return open(path, OpenFlag.RDONLY | OpenFlag.CLOEXEC);
  } finally {
    close(writable);
  }
}

function createMemoryFile(name: string, flags: number): number {
  try {
    return check(memfdCreate_(cString(name), flags), "memfd_create", name);
  } catch (error) {
    // Before Linux 6.3 every such file is executable, and the flags unknown.
    const since63 = MFD_EXEC | MFD_NOEXEC_SEAL;
    if (!isErrno(error, Errno.EINVAL) || !(flags & since63)) throw error;
    return createMemoryFile(name, flags & ~since63);
  }
}
