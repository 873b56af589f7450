/**
 * Owners and permission bits of files.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { callOnPath, type PathArgument, pathBytes } from "./_path.ts";

/** `AT_SYMLINK_NOFOLLOW` (linux/fcntl.h). */
const AT_SYMLINK_NOFOLLOW = 0x100;

// int fchown(int fd, uid_t owner, gid_t group);                                      chown(2)
const fchown_ = libc("fchown", { parameters: ["i32", "u32", "u32"], result: "i32" });

// int fchownat(int dirfd, const char *pathname, uid_t owner, gid_t group, int flags);  chown(2)
const fchownat_ = libc("fchownat", {
  parameters: ["i32", "buffer", "u32", "u32", "i32"],
  result: "i32",
});

// int fchmod(int fd, mode_t mode);                                                   chmod(2)
const fchmod_ = libc("fchmod", { parameters: ["i32", "u32"], result: "i32" });

// int fchmodat(int dirfd, const char *pathname, mode_t mode, int flags);             chmod(2)
const fchmodat_ = libc("fchmodat", {
  parameters: ["i32", "buffer", "u32", "i32"],
  result: "i32",
});

/**
 * Sets an open file's owner. The kernel drops its file capabilities and set-id bits.
 *
 * @param fd The file's descriptor.
 * @param uid The user.
 * @param gid The group.
 * @throws {SyscallError} The call failed.
 */
export function fchown(fd: number, uid: number, gid: number): void {
  callOnPath("fchown", String(fd), () => fchown_(fd, uid, gid));
}

/**
 * Sets the owner of a file, or of a symbolic link itself.
 *
 * @param directory The parent's descriptor.
 * @param path Relative to the parent.
 * @param uid The user.
 * @param gid The group.
 * @throws {SyscallError} The call failed.
 */
export function fchownat(directory: number, path: PathArgument, uid: number, gid: number): void {
  const bytes = pathBytes(path);
  callOnPath(
    "fchownat",
    path,
    () => fchownat_(directory, bytes, uid, gid, AT_SYMLINK_NOFOLLOW),
  );
}

/**
 * Sets an open file's permission bits.
 *
 * @param fd The file's descriptor.
 * @param mode The twelve low bits of a mode.
 * @throws {SyscallError} The call failed.
 */
export function fchmod(fd: number, mode: number): void {
  callOnPath("fchmod", String(fd), () => fchmod_(fd, mode));
}

/**
 * Sets a file's permission bits. It follows a symbolic link: only for a name known not to be one.
 *
 * @param directory The parent's descriptor.
 * @param path Relative to the parent.
 * @param mode The twelve low bits of a mode.
 * @throws {SyscallError} The call failed.
 */
export function fchmodat(directory: number, path: PathArgument, mode: number): void {
  const bytes = pathBytes(path);
  callOnPath("fchmodat", path, () => fchmodat_(directory, bytes, mode, 0));
}
