/**
 * Making, renaming and removing names in a directory given by its descriptor.
 *
 * None of these calls follows a symbolic link in the last part of a path.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { callOnPath, type PathArgument, pathBytes } from "./_path.ts";
import { Errno, isErrno } from "./error.ts";
import { AT_FDCWD } from "./openat.ts";

/** File types in a mode (linux/stat.h). */
export const FileType = {
  MASK: 0o170000,
  FIFO: 0o010000,
  CHARACTER: 0o020000,
  DIRECTORY: 0o040000,
  BLOCK: 0o060000,
  REGULAR: 0o100000,
  SYMLINK: 0o120000,
  SOCKET: 0o140000,
} as const;

/** `AT_REMOVEDIR` (linux/fcntl.h). */
const AT_REMOVEDIR = 0x200;

// int mkdirat(int dirfd, const char *pathname, mode_t mode);                          mkdir(2)
const mkdirat_ = libc("mkdirat", { parameters: ["i32", "buffer", "u32"], result: "i32" });

// int mknodat(int dirfd, const char *pathname, mode_t mode, dev_t dev);               mknod(2)
const mknodat_ = libc("mknodat", {
  parameters: ["i32", "buffer", "u32", "u64"],
  result: "i32",
});

// int symlinkat(const char *target, int newdirfd, const char *linkpath);            symlink(2)
const symlinkat_ = libc("symlinkat", {
  parameters: ["buffer", "i32", "buffer"],
  result: "i32",
});

// int linkat(int olddirfd, const char *oldpath,
//            int newdirfd, const char *newpath, int flags);                            link(2)
const linkat_ = libc("linkat", {
  parameters: ["i32", "buffer", "i32", "buffer", "i32"],
  result: "i32",
});

const AT_EMPTY_PATH = 0x1000;
const AT_SYMLINK_FOLLOW = 0x400;

// int renameat(int olddirfd, const char *oldpath, int newdirfd, const char *newpath);  rename(2)
const renameat_ = libc("renameat", {
  parameters: ["i32", "buffer", "i32", "buffer"],
  result: "i32",
});

// int unlinkat(int dirfd, const char *pathname, int flags);                          unlink(2)
const unlinkat_ = libc("unlinkat", { parameters: ["i32", "buffer", "i32"], result: "i32" });

// ssize_t readlinkat(int dirfd, const char *pathname, char *buf, size_t bufsiz);    readlink(2)
const readlinkat_ = libc("readlinkat", {
  parameters: ["i32", "buffer", "buffer", "usize"],
  result: "isize",
});

/**
 * Makes a directory.
 *
 * @param directory The parent's descriptor.
 * @param path Relative to the parent.
 * @param mode Permission bits, less the umask.
 * @throws {SyscallError} The call failed.
 */
export function mkdirat(directory: number, path: PathArgument, mode: number): void {
  const bytes = pathBytes(path);
  callOnPath("mkdirat", path, () => mkdirat_(directory, bytes, mode));
}

/**
 * Makes a device, a FIFO, a socket or an empty file.
 *
 * @param directory The parent's descriptor.
 * @param path Relative to the parent.
 * @param mode One of {@linkcode FileType} and permission bits, less the umask.
 * @param device Of {@linkcode makeDevice}, where a device is made.
 * @throws {SyscallError} The call failed.
 */
export function mknodat(directory: number, path: PathArgument, mode: number, device = 0n): void {
  const bytes = pathBytes(path);
  callOnPath("mknodat", path, () => mknodat_(directory, bytes, mode, device));
}

/**
 * Joins a device's numbers as glibc's `dev_t` does (makedev(3)).
 *
 * @param major At most 32 bits; the kernel keeps 12.
 * @param minor At most 32 bits; the kernel keeps 20.
 * @returns The `dev_t`.
 */
export function makeDevice(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return (high & 0xfffff000n) << 32n | (high & 0xfffn) << 8n | (low & 0xffffff00n) << 12n |
    low & 0xffn;
}

/**
 * Makes a symbolic link.
 *
 * @param target The link's text.
 * @param directory The parent's descriptor.
 * @param path Relative to the parent.
 * @throws {SyscallError} The call failed.
 */
export function symlinkat(target: PathArgument, directory: number, path: PathArgument): void {
  const [text, bytes] = [pathBytes(target), pathBytes(path)];
  callOnPath("symlinkat", path, () => symlinkat_(text, directory, bytes));
}

/**
 * Reads a symbolic link.
 *
 * @param directory The parent's descriptor.
 * @param path Relative to the parent.
 * @returns The link's text, without a final NUL.
 * @throws {SyscallError} The call failed: `EINVAL` where it is no symbolic link.
 */
export function readlinkat(directory: number, path: PathArgument): Uint8Array<ArrayBuffer> {
  const bytes = pathBytes(path);
  const target = new Uint8Array(4096); // PATH_MAX, which no link's text reaches
  const length = callOnPath(
    "readlinkat",
    path,
    () => Number(readlinkat_(directory, bytes, target, BigInt(target.length))),
  );
  return target.subarray(0, length);
}

/**
 * Gives a file one more name; a symbolic link itself gets it, not what it points to.
 *
 * @param targetDirectory The descriptor of the existing name's parent.
 * @param target The existing name, relative to that parent.
 * @param directory The descriptor of the new name's parent.
 * @param path The new name, relative to that parent.
 * @throws {SyscallError} The call failed.
 */
export function linkat(
  targetDirectory: number,
  target: PathArgument,
  directory: number,
  path: PathArgument,
): void {
  const [from, to] = [pathBytes(target), pathBytes(path)];
  callOnPath("linkat", path, () => linkat_(targetDirectory, from, directory, to, 0));
}

/**
 * Gives a file a name that has none (`AT_EMPTY_PATH` of link(2), or its way through `/proc`).
 *
 * @param fd A descriptor of the file, which was created with `TMPFILE`.
 * @param directory The descriptor of the name's parent.
 * @param path The name, relative to that parent.
 * @throws {SyscallError} The call failed: `EEXIST` where something has the name.
 */
export function linkOpenFile(fd: number, directory: number, path: PathArgument): void {
  const [nothing, to] = [pathBytes(""), pathBytes(path)];
  try {
    callOnPath("linkat", path, () => linkat_(fd, nothing, directory, to, AT_EMPTY_PATH));
  } catch (error) {
    // What the kernel says to who may not search all folders (CAP_DAC_READ_SEARCH).
    if (!isErrno(error, Errno.ENOENT)) throw error;
    const own = pathBytes(`/proc/self/fd/${fd}`);
    callOnPath("linkat", path, () => linkat_(AT_FDCWD, own, directory, to, AT_SYMLINK_FOLLOW));
  }
}

/**
 * Renames a file, replacing what had the new name.
 *
 * @param fromDirectory The descriptor of the old name's parent.
 * @param from The old name, relative to that parent.
 * @param directory The descriptor of the new name's parent.
 * @param path The new name, relative to that parent.
 * @throws {SyscallError} The call failed.
 */
export function renameat(
  fromDirectory: number,
  from: PathArgument,
  directory: number,
  path: PathArgument,
): void {
  const [oldName, newName] = [pathBytes(from), pathBytes(path)];
  callOnPath("renameat", path, () => renameat_(fromDirectory, oldName, directory, newName));
}

/**
 * Removes a name.
 *
 * @param directory The parent's descriptor.
 * @param path Relative to the parent.
 * @param options `directory` removes an empty directory instead of anything else.
 * @throws {SyscallError} The call failed: `EISDIR` where it is a directory.
 */
export function unlinkat(
  directory: number,
  path: PathArgument,
  options: { directory?: boolean } = {},
): void {
  const bytes = pathBytes(path);
  const flags = options.directory ? AT_REMOVEDIR : 0;
  callOnPath("unlinkat", path, () => unlinkat_(directory, bytes, flags));
}
