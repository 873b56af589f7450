/**
 * Mounts (mount(2), mount_namespaces(7)).
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { cString } from "./_cstring.ts";
import { NUMBER } from "./_syscall.ts";
import { check } from "./error.ts";
import { close } from "./fd.ts";
import { AT_FDCWD } from "./openat.ts";

/** Flags of mount(2) (linux/mount.h). */
export const MountFlag = {
  RDONLY: 1,
  NOSUID: 2,
  NODEV: 4,
  NOEXEC: 8,
  SYNCHRONOUS: 16,
  REMOUNT: 32,
  MANDLOCK: 64,
  DIRSYNC: 128,
  NOSYMFOLLOW: 256,
  NOATIME: 1024,
  NODIRATIME: 2048,
  BIND: 4096,
  MOVE: 8192,
  REC: 16384,
  SILENT: 32768,
  UNBINDABLE: 1 << 17,
  PRIVATE: 1 << 18,
  SLAVE: 1 << 19,
  SHARED: 1 << 20,
  RELATIME: 1 << 21,
  STRICTATIME: 1 << 24,
} as const;

/** Flags of umount2(2). */
export const UmountFlag = { FORCE: 1, DETACH: 2, NOFOLLOW: 8 } as const;

/** Attributes of mount_setattr(2) (linux/mount.h). */
export const MountAttribute = {
  RDONLY: 0x1,
  NOSUID: 0x2,
  NODEV: 0x4,
  NOEXEC: 0x8,
  NOATIME: 0x10,
  STRICTATIME: 0x20,
  /** The kernel has no bit for it: this is its mask of the three (`MOUNT_ATTR__ATIME`). */
  RELATIME: 0x70,
  NODIRATIME: 0x80,
  NOSYMFOLLOW: 0x200000,
} as const;

// linux/mount.h
/** Of fsopen(2). */
export const FSOPEN_CLOEXEC = 1;
/** Of fsmount(2). */
export const FSMOUNT_CLOEXEC = 1;
/** Of fsconfig(2): makes the file system. */
export const FSCONFIG_CMD_CREATE = 6;
// Of all mounts below, owners are shown as a user namespace maps them.
const MOUNT_ATTR_IDMAP = 0x00100000n;
const AT_EMPTY_PATH = 0x1000;
const AT_RECURSIVE = 0x8000;
const OPEN_TREE_CLONE = 1;
const OPEN_TREE_CLOEXEC = 0o2000000;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const MOVE_MOUNT_T_EMPTY_PATH = 0x40;

// int mount(const char *source, const char *target, const char *filesystemtype,
//           unsigned long mountflags, const void *data);                                mount(2)
const mount_ = libc("mount", {
  parameters: ["buffer", "buffer", "buffer", "usize", "buffer"],
  result: "i32",
});
// int umount2(const char *target, int flags);                                          umount(2)
const umount2_ = libc("umount2", { parameters: ["buffer", "i32"], result: "i32" });
// long syscall(SYS_pivot_root, const char *new_root, const char *put_old);         pivot_root(2)
const pivotRoot_ = libc("syscall", {
  parameters: ["isize", "buffer", "buffer"],
  result: "isize",
});
// long syscall(SYS_open_tree, int dirfd, const char *path, unsigned flags);         open_tree(2)
const openTree_ = libc("syscall", {
  parameters: ["isize", "i32", "buffer", "u32"],
  result: "isize",
});
// long syscall(SYS_move_mount, int from_dirfd, const char *from_path, int to_dirfd,
//              const char *to_path, unsigned flags);                               move_mount(2)
const moveMount_ = libc("syscall", {
  parameters: ["isize", "i32", "buffer", "i32", "buffer", "u32"],
  result: "isize",
});
// long syscall(SYS_mount_setattr, int dirfd, const char *path, unsigned flags,
//              struct mount_attr *attr, size_t size);                           mount_setattr(2)
const mountSetattr_ = libc("syscall", {
  parameters: ["isize", "i32", "buffer", "u32", "buffer", "usize"],
  result: "isize",
});
// long syscall(SYS_fsopen, const char *fsname, unsigned flags);                       fsopen(2)
const fsopen_ = libc("syscall", { parameters: ["isize", "buffer", "u32"], result: "isize" });
// long syscall(SYS_fsconfig, int fd, unsigned cmd, const char *key, const void *value, int aux);
//                                                                                   fsconfig(2)
const fsconfig_ = libc("syscall", {
  parameters: ["isize", "i32", "u32", "buffer", "buffer", "i32"],
  result: "isize",
});
// long syscall(SYS_fsmount, int fd, unsigned flags, unsigned attr_flags);              fsmount(2)
const fsmount_ = libc("syscall", { parameters: ["isize", "i32", "u32", "u32"], result: "isize" });
// int chdir(const char *path);                                                          chdir(2)
const chdir_ = libc("chdir", { parameters: ["buffer"], result: "i32" });
// int fchdir(int fd);                                                                   chdir(2)
const fchdir_ = libc("fchdir", { parameters: ["i32"], result: "i32" });

/**
 * Mounts a file system, or changes a mount (mount(2)).
 *
 * @param source The device, the folder to bind, or a word for virtual file systems.
 * @param target Where; symbolic links in it are followed.
 * @param type The file system type, empty for bind mounts and changes.
 * @param flags Bits of {@linkcode MountFlag}.
 * @param data The file system's own options, comma-separated, at most a page.
 * @throws {SyscallError} The call failed.
 */
export function mount(
  source: string,
  target: string,
  type: string,
  flags: number,
  data = "",
): void {
  const result = mount_(
    cString(source),
    cString(target),
    type === "" ? null : cString(type),
    BigInt(flags),
    data === "" ? null : cString(data),
  );
  check(result, "mount", `${type || source} on ${target}`);
}

/**
 * Unmounts (umount(2)).
 *
 * @param target The mount point.
 * @param flags Bits of {@linkcode UmountFlag}.
 * @throws {SyscallError} The call failed.
 */
export function umount(target: string, flags = 0): void {
  check(umount2_(cString(target), flags), "umount", target);
}

/**
 * Exchanges the root mount of the mount namespace (pivot_root(2)).
 *
 * @param newRoot A mount point.
 * @param putOld Where the old root goes, at or below `newRoot`.
 * @throws {SyscallError} The call failed.
 */
export function pivotRoot(newRoot: string, putOld: string): void {
  const result = pivotRoot_(BigInt(NUMBER.pivot_root), cString(newRoot), cString(putOld));
  check(Number(result), "pivot_root", newRoot);
}

/**
 * Clones a mount as a detached one (open_tree(2), Linux 5.2), the source of a bind mount that can be
 * put in place after the root has changed.
 *
 * @param path A folder or file; symbolic links in it are followed.
 * @param recursive Whether the mounts below it come along.
 * @returns A descriptor of the detached mount, closed on exec.
 * @throws {SyscallError} The call failed.
 */
export function cloneMount(path: string, recursive: boolean): number {
  const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0);
  const result = openTree_(BigInt(NUMBER.open_tree), AT_FDCWD, cString(path), flags);
  return check(Number(result), "open_tree", path);
}

/**
 * Clones the mount that a descriptor is of, as {@linkcode cloneMount}: nothing on its path can be
 * exchanged meanwhile.
 *
 * @param fd A descriptor of a folder or file, an `O_PATH` one too.
 * @param recursive Whether the mounts below it come along.
 * @returns A descriptor of the detached mount, closed on exec.
 * @throws {SyscallError} The call failed.
 */
export function cloneOpenMount(fd: number, recursive: boolean): number {
  const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
    (recursive ? AT_RECURSIVE : 0);
  const result = openTree_(BigInt(NUMBER.open_tree), fd, cString(""), flags);
  return check(Number(result), "open_tree", `descriptor ${fd}`);
}

/**
 * Puts a detached mount in place (move_mount(2), Linux 5.2).
 *
 * @param fd A descriptor of the detached mount.
 * @param target A descriptor of the mount point (an `O_PATH` one will do).
 * @param path The mount point's path, for the error.
 * @throws {SyscallError} The call failed.
 */
export function attachMount(fd: number, target: number, path: string): void {
  const flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
  const empty = cString("");
  const result = moveMount_(BigInt(NUMBER.move_mount), fd, empty, target, empty, flags);
  check(Number(result), "move_mount", path);
}

/**
 * Sets attributes of a mount through a descriptor (mount_setattr(2), Linux 5.12).
 *
 * @param fd A descriptor of the mount.
 * @param attributes Bits of {@linkcode MountAttribute} to set.
 * @param recursive Whether the mounts below it are changed as well.
 * @param propagation A propagation type out of {@linkcode MountFlag} to set, or 0.
 * @throws {SyscallError} The call failed.
 */
export function setMountAttributes(
  fd: number,
  attributes: number,
  recursive: boolean,
  propagation = 0,
): void {
  // The times of access are one of three, and set by clearing all of them.
  const clear = attributes & MountAttribute.RELATIME ? MountAttribute.RELATIME : 0;
  // struct mount_attr { u64 attr_set, attr_clr, propagation, userns_fd; }
  const words = [attributesToSet(attributes), clear, propagation, 0];
  const attr = BigUint64Array.from(words, BigInt);
  const flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
  const result = mountSetattr_(
    BigInt(NUMBER.mount_setattr),
    fd,
    cString(""),
    flags,
    attr,
    BigInt(attr.byteLength),
  );
  check(Number(result), "mount_setattr", `0x${attributes.toString(16)}`);
}

function attributesToSet(attributes: number): number {
  const isRelative = (attributes & MountAttribute.RELATIME) === MountAttribute.RELATIME;
  return isRelative ? attributes & ~MountAttribute.RELATIME : attributes;
}

/**
 * Has a detached mount show owners as a user namespace maps them (mount_setattr(2),
 * `MOUNT_ATTR_IDMAP`, Linux 5.12): what belongs to 0 on the disk belongs to the namespace's root, and
 * what its root writes belongs to 0.
 *
 * @param fd A descriptor of the mount, which was never mapped before.
 * @param userNamespace A descriptor of the user namespace.
 * @param path What is mounted, for the error.
 * @throws {SyscallError} `EINVAL`: its file system or the kernel cannot do that.
 */
export function mapMountOwners(fd: number, userNamespace: number, path: string): void {
  const attr = new BigUint64Array([MOUNT_ATTR_IDMAP, 0n, 0n, BigInt(userNamespace)]);
  const result = mountSetattr_(
    BigInt(NUMBER.mount_setattr),
    fd,
    cString(""),
    AT_EMPTY_PATH,
    attr,
    BigInt(attr.byteLength),
  );
  check(Number(result), "mount_setattr", path);
}

/**
 * Creates a file system as a detached mount (fsopen(2), fsmount(2), Linux 5.2).
 *
 * @param type The file system type; it gets no options.
 * @param attributes Bits of {@linkcode MountAttribute}.
 * @returns A descriptor of the detached mount, closed on exec.
 * @throws {SyscallError} A call failed.
 */
export function createMount(type: string, attributes: number): number {
  const context = check(
    Number(fsopen_(BigInt(NUMBER.fsopen), cString(type), FSOPEN_CLOEXEC)),
    "fsopen",
    type,
  );
  try {
    const created = fsconfig_(
      BigInt(NUMBER.fsconfig),
      context,
      FSCONFIG_CMD_CREATE,
      null,
      null,
      0,
    );
    check(Number(created), "fsconfig", type);
    const mounted = fsmount_(
      BigInt(NUMBER.fsmount),
      context,
      FSMOUNT_CLOEXEC,
      attributesToSet(attributes),
    );
    return check(Number(mounted), "fsmount", type);
  } finally {
    close(context);
  }
}

/**
 * Changes the calling thread's working directory (chdir(2)).
 *
 * @param path The folder.
 * @throws {SyscallError} The call failed.
 */
export function chdir(path: string): void {
  check(chdir_(cString(path)), "chdir", path);
}

/**
 * Changes the calling thread's working directory (fchdir(2)).
 *
 * @param fd A descriptor of the folder.
 * @throws {SyscallError} The call failed.
 */
export function fchdir(fd: number): void {
  check(fchdir_(fd), "fchdir", `descriptor ${fd}`);
}
