/**
 * File descriptors: opening, passing on, reading and writing without waiting.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { cString } from "./_cstring.ts";
import { check, Errno, isErrno, SyscallError } from "./error.ts";

/** Flags of open(2) (asm-generic/fcntl.h; those that differ on arm64 are chosen here). */
export const OpenFlag = {
  RDONLY: 0,
  WRONLY: 1,
  RDWR: 2,
  CREAT: 0o100,
  EXCL: 0o200,
  NOCTTY: 0o400,
  TRUNC: 0o1000,
  APPEND: 0o2000,
  NONBLOCK: 0o4000,
  DIRECTORY: Deno.build.arch === "aarch64" ? 0o40000 : 0o200000,
  NOFOLLOW: Deno.build.arch === "aarch64" ? 0o100000 : 0o400000,
  CLOEXEC: 0o2000000,
  PATH: 0o10000000,
  /** With that of `DIRECTORY`: a file without a name. */
  TMPFILE: Deno.build.arch === "aarch64" ? 0o20040000 : 0o20200000,
} as const;

const FcntlCommand = {
  SETFD: 2,
  GETFL: 3,
  SETFL: 4,
  DUPFD_CLOEXEC: 1030,
  SETPIPE_SZ: 1031,
  GETPIPE_SZ: 1032,
};
const FD_CLOEXEC = 1;

// int open(const char *pathname, int flags, mode_t mode);                                open(2)
const open_ = libc("open", { parameters: ["buffer", "i32", "u32"], result: "i32" });
// int close(int fd);                                                                    close(2)
const close_ = libc("close", { parameters: ["i32"], result: "i32" });
// int pipe2(int pipefd[2], int flags);                                                   pipe(2)
const pipe2_ = libc("pipe2", { parameters: ["buffer", "i32"], result: "i32" });
// int dup2(int oldfd, int newfd);                                                         dup(2)
const dup2_ = libc("dup2", { parameters: ["i32", "i32"], result: "i32" });
// int fcntl(int fd, int cmd, long arg);                                                 fcntl(2)
const fcntl_ = libc("fcntl", { parameters: ["i32", "i32", "isize"], result: "i32" });
// ssize_t read(int fd, void *buf, size_t count);                                         read(2)
const read_ = libc("read", { parameters: ["i32", "buffer", "usize"], result: "isize" });
// ssize_t write(int fd, const void *buf, size_t count);                                 write(2)
const write_ = libc("write", { parameters: ["i32", "buffer", "usize"], result: "isize" });
// int mkfifo(const char *pathname, mode_t mode);                                       mkfifo(3)
const mkfifo_ = libc("mkfifo", { parameters: ["buffer", "u32"], result: "i32" });

/**
 * Opens a file (open(2)).
 *
 * @param path The file.
 * @param flags Bits of {@linkcode OpenFlag}; `CLOEXEC` is added.
 * @param mode Permission bits of a file that is created.
 * @returns The descriptor.
 * @throws {SyscallError} The call failed.
 */
export function open(path: string, flags: number, mode = 0): number {
  return check(open_(cString(path), flags | OpenFlag.CLOEXEC, mode), "open", path);
}

/**
 * Closes a descriptor (close(2)); it is gone even where the call reports an error.
 *
 * @param fd The descriptor.
 */
export function close(fd: number): void {
  close_(fd);
}

/**
 * Does something with a descriptor, and closes it whatever comes of that.
 *
 * @param fd The descriptor.
 * @param body What to do, synchronously.
 * @returns What it returned.
 */
export function closing<T>(fd: number, body: (fd: number) => T): T {
  try {
    return body(fd);
  } finally {
    close(fd);
  }
}

/**
 * Creates a pipe (pipe(2)), both ends closed on exec.
 *
 * @returns The end to read from and the end to write to.
 * @throws {SyscallError} The call failed.
 */
export function pipe(): { read: number; write: number } {
  const ends = new Int32Array(2);
  check(pipe2_(ends, OpenFlag.CLOEXEC), "pipe2", "");
  return { read: ends[0]!, write: ends[1]! };
}

/**
 * Creates a FIFO (mkfifo(3)).
 *
 * @param path Where.
 * @param mode Its permission bits.
 * @throws {SyscallError} The call failed.
 */
export function mkfifo(path: string, mode: number): void {
  check(mkfifo_(cString(path), mode), "mkfifo", path);
}

/**
 * Makes `to` another name of `from` (dup(2)); it stays open on exec.
 *
 * @param from An open descriptor.
 * @param to The number wanted; what it was is closed.
 * @throws {SyscallError} The call failed.
 */
export function dup2(from: number, to: number): void {
  check(dup2_(from, to), "dup2", `${from} to ${to}`);
}

/**
 * Duplicates a descriptor to a free number at or above a lowest one (fcntl(2), F_DUPFD_CLOEXEC).
 *
 * @param fd An open descriptor.
 * @param lowest The lowest number wanted.
 * @returns The new descriptor, closed on exec.
 * @throws {SyscallError} The call failed.
 */
export function duplicateAbove(fd: number, lowest: number): number {
  return check(fcntl_(fd, FcntlCommand.DUPFD_CLOEXEC, BigInt(lowest)), "fcntl", `F_DUPFD ${fd}`);
}

/**
 * Says whether a descriptor is closed on exec (fcntl(2), F_SETFD).
 *
 * @param fd An open descriptor.
 * @param on Whether it is.
 * @throws {SyscallError} The call failed.
 */
export function setCloseOnExec(fd: number, on: boolean): void {
  check(fcntl_(fd, FcntlCommand.SETFD, on ? BigInt(FD_CLOEXEC) : 0n), "fcntl", `F_SETFD ${fd}`);
}

/**
 * Makes reads and writes of a descriptor return instead of waiting (fcntl(2), O_NONBLOCK).
 *
 * @param fd An open descriptor that nobody else shares: the flag belongs to the open file.
 * @param on Whether they return; `false` makes them wait again.
 * @throws {SyscallError} The call failed.
 */
export function setNonBlocking(fd: number, on: boolean = true): void {
  const flags = check(fcntl_(fd, FcntlCommand.GETFL, 0n), "fcntl", `F_GETFL ${fd}`);
  const wanted = on ? flags | OpenFlag.NONBLOCK : flags & ~OpenFlag.NONBLOCK;
  check(fcntl_(fd, FcntlCommand.SETFL, BigInt(wanted)), "fcntl", `F_SETFL ${fd}`);
}

/**
 * Asks for a pipe's capacity (fcntl(2), F_SETPIPE_SZ).
 *
 * @param fd Either end.
 * @param bytes The capacity wanted; the kernel rounds it up to pages.
 * @returns Whether it was granted; beyond `/proc/sys/fs/pipe-user-pages-soft` it is not.
 */
export function setPipeCapacity(fd: number, bytes: number): boolean {
  return fcntl_(fd, FcntlCommand.SETPIPE_SZ, BigInt(bytes)) !== -1;
}

/**
 * Tells a pipe's capacity (fcntl(2), F_GETPIPE_SZ).
 *
 * @param fd Either end.
 * @returns How many bytes it holds before who writes has to wait.
 * @throws {SyscallError} The call failed.
 */
export function pipeCapacity(fd: number): number {
  return check(fcntl_(fd, FcntlCommand.GETPIPE_SZ, 0n), "fcntl", `F_GETPIPE_SZ ${fd}`);
}

/**
 * Reads once (read(2)), waiting if the descriptor is a blocking one.
 *
 * @param fd An open descriptor.
 * @param buffer Where the bytes go.
 * @returns How many bytes were read, 0 at the end; `undefined` where a non-blocking descriptor has
 * none at the moment.
 * @throws {SyscallError} The call failed.
 */
export function read(fd: number, buffer: Uint8Array<ArrayBuffer>): number | undefined {
  return transfer(() => Number(read_(fd, buffer, BigInt(buffer.length))), "read", fd);
}

/**
 * Writes once (write(2)), waiting if the descriptor is a blocking one.
 *
 * @param fd An open descriptor.
 * @param bytes What to write.
 * @returns How many bytes were written; `undefined` where a non-blocking descriptor takes none at
 * the moment.
 * @throws {SyscallError} The call failed.
 */
export function write(fd: number, bytes: Uint8Array<ArrayBuffer>): number | undefined {
  return transfer(() => Number(write_(fd, bytes, BigInt(bytes.length))), "write", fd);
}

function transfer(call: () => number, name: string, fd: number): number | undefined {
  while (true) {
    try {
      return check(call(), name, `descriptor ${fd}`);
    } catch (error) {
      if (isErrno(error, Errno.EAGAIN)) return undefined;
      if (!isErrno(error, Errno.EINTR)) throw error;
    }
  }
}

/**
 * Writes all of some bytes to a blocking descriptor.
 *
 * @param fd An open descriptor.
 * @param bytes What to write.
 * @throws {SyscallError} A write failed; part of the bytes may have been written.
 */
export function writeAll(fd: number, bytes: Uint8Array<ArrayBuffer>): void {
  for (let at = 0; at < bytes.length;) {
    const written = write(fd, bytes.subarray(at));
    if (written === undefined) throw new SyscallError("write", `descriptor ${fd}`, Errno.EAGAIN);
    at += written;
  }
}
