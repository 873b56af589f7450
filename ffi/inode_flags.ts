/**
 * Flags of files and directories that chattr(1) sets (ioctl_iflags(2)).
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { check } from "./error.ts";

/** Flags (linux/fs.h). */
export const InodeFlag = {
  /** Of a directory: the trees in it have nothing to do with each other. */
  TOPDIR: 0x20000,
} as const;

// linux/fs.h: _IOR('f', 1, long) and _IOW('f', 2, long); file systems read and write an int.
const FS_IOC_GETFLAGS = 0x80086601n;
const FS_IOC_SETFLAGS = 0x40086602n;

// int ioctl(int fd, unsigned long request, int *argp);                          ioctl_iflags(2)
const ioctl_ = libc("ioctl", { parameters: ["i32", "usize", "buffer"], result: "i32" });

/**
 * Tells a file's flags.
 *
 * @param fd A descriptor of the file.
 * @returns Bits of {@linkcode InodeFlag}, and others.
 * @throws {SyscallError} `ENOTTY`, `EOPNOTSUPP`: the file system has none.
 */
export function inodeFlags(fd: number): number {
  const flags = new BigUint64Array(1);
  check(ioctl_(fd, FS_IOC_GETFLAGS, flags), "ioctl", "FS_IOC_GETFLAGS");
  return Number(BigInt.asUintN(32, flags[0]!));
}

/**
 * Sets a file's flags, all of them.
 *
 * @param fd A descriptor of the file.
 * @param flags Bits of {@linkcode InodeFlag}, and others.
 * @throws {SyscallError} `ENOTTY`, `EOPNOTSUPP`: the file system does not have these.
 */
export function setInodeFlags(fd: number, flags: number): void {
  check(
    ioctl_(fd, FS_IOC_SETFLAGS, new BigUint64Array([BigInt(flags)])),
    "ioctl",
    "FS_IOC_SETFLAGS",
  );
}
