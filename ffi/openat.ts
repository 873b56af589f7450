/**
 * Opening files relative to a directory descriptor.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { callOnPath, type PathArgument, pathBytes } from "./_path.ts";
import { NUMBER } from "./_syscall.ts";
import { OpenFlag } from "./fd.ts";

export type { PathArgument } from "./_path.ts";

/** The `dirfd` that stands for the working directory (linux/fcntl.h). */
export const AT_FDCWD = -100;

/** How openat2(2) resolves a path (linux/openat2.h). */
export const Resolve = {
  /** Refuses to cross a mount point. */
  NO_XDEV: 0x01,
  /** Refuses links of /proc that lead anywhere at once, such as `/proc/self/fd/3`. */
  NO_MAGICLINKS: 0x02,
  /** Refuses every symbolic link. */
  NO_SYMLINKS: 0x04,
  /** Refuses what leads above the directory, absolute paths included. */
  BENEATH: 0x08,
  /** Takes the directory as the root: `..` and absolute links stay inside it. */
  IN_ROOT: 0x10,
} as const;

/** `sizeof(struct open_how)`: `u64 flags, mode, resolve` (linux/openat2.h). */
const OPEN_HOW_SIZE = 24n;

// int openat(int dirfd, const char *pathname, int flags, mode_t mode);              openat(2)
// Variadic in C; on amd64 and arm64 such a call passes its arguments as a plain one does.
const openat_ = libc("openat", {
  parameters: ["i32", "buffer", "i32", "u32"],
  result: "i32",
});

// long syscall(long number, ...); here openat2(int dirfd, const char *pathname,
//              const struct open_how *how, size_t size);                 syscall(2), openat2(2)
// The result is an int, a descriptor or -1.
const syscall_ = libc("syscall", {
  parameters: ["isize", "i32", "buffer", "buffer", "usize"],
  result: "i32",
});

/**
 * Opens a file; the descriptor is closed at `execve`.
 *
 * @param directory A directory's descriptor, or {@linkcode AT_FDCWD}.
 * @param path Relative to the directory, unless absolute.
 * @param flags Of {@linkcode OpenFlag}; `CLOEXEC` is added.
 * @param mode Permission bits of a file it creates, less the umask.
 * @returns The descriptor.
 * @throws {SyscallError} The call failed.
 * @see https://man7.org/linux/man-pages/man2/openat.2.html
 */
export function openat(directory: number, path: PathArgument, flags: number, mode = 0): number {
  const bytes = pathBytes(path);
  return callOnPath(
    "openat",
    path,
    () => openat_(directory, bytes, flags | OpenFlag.CLOEXEC, mode),
  );
}

/**
 * Opens a file with limits on how its path is resolved; the descriptor is closed at `execve`.
 *
 * @param directory A directory's descriptor.
 * @param path Relative to the directory.
 * @param flags Of {@linkcode OpenFlag}; `CLOEXEC` is added.
 * @param resolve Of {@linkcode Resolve}.
 * @returns The descriptor.
 * @throws {SyscallError} The call failed: with `EAGAIN` where something was renamed meanwhile and
 * the call may be made again, with `ENOSYS` before Linux 5.6.
 * @see https://man7.org/linux/man-pages/man2/openat2.2.html
 */
export function openat2(
  directory: number,
  path: PathArgument,
  flags: number,
  resolve: number,
): number {
  const bytes = pathBytes(path);
  const how = new BigUint64Array([BigInt(flags | OpenFlag.CLOEXEC), 0n, BigInt(resolve)]);
  return callOnPath(
    "openat2",
    path,
    () => syscall_(BigInt(NUMBER.openat2), directory, bytes, how, OPEN_HOW_SIZE),
  );
}
