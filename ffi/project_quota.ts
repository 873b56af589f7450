/**
 * Projects: trees of files whose size a file system counts and limits together (xfs, ext4).
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { check, Errno, isErrno } from "./error.ts";

// linux/fs.h: struct fsxattr is fsx_xflags, fsx_extsize, fsx_nextents, fsx_projid (u32 each), and
// twelve bytes more; FS_IOC_FSGETXATTR is _IOR('X', 31, struct fsxattr), its counterpart _IOW 32.
const FSXATTR_SIZE = 28;
const PROJECT_OFFSET = 12;
const FS_IOC_FSGETXATTR = 0x801c581fn;
const FS_IOC_FSSETXATTR = 0x401c5820n;
const FS_XFLAG_PROJINHERIT = 0x200;

// linux/dqblk_xfs.h: commands for projects, and parts of struct fs_disk_quota. Its sizes are in
// blocks of 512 bytes. ext4 takes the same commands.
const Q_XGETQUOTA = 0x580302;
const Q_XSETQLIM = 0x580402;
const DISK_QUOTA_SIZE = 112;
const FS_DQUOT_VERSION = 1;
const XFS_PROJ_QUOTA = 2;
const FS_DQ_BSOFT_BHARD = 0xc;
const BLOCK_SIZE = 512n;
const HARD_LIMIT_OFFSET = 8;
const SOFT_LIMIT_OFFSET = 16;

const QUOTACTL_FD = 443n;

// int ioctl(int fd, unsigned long request, void *argp);                                 ioctl(2)
const ioctl_ = libc("ioctl", { parameters: ["i32", "usize", "buffer"], result: "i32" });
// long syscall(long number, int fd, unsigned int cmd, int id, void *addr);    quotactl_fd (5.14)
const syscall_ = libc("syscall", {
  parameters: ["isize", "isize", "isize", "isize", "buffer"],
  result: "isize",
});

function quotactl(fd: number, command: number, project: number, quota: DataView): void {
  const bytes = new Uint8Array(quota.buffer as ArrayBuffer);
  const result = syscall_(QUOTACTL_FD, BigInt(fd), BigInt(command), BigInt(project), bytes);
  check(Number(result), "quotactl_fd", `project ${project}`);
}

function readAttributes(fd: number): DataView<ArrayBuffer> {
  const attributes = new DataView(new ArrayBuffer(FSXATTR_SIZE));
  const bytes = new Uint8Array(attributes.buffer);
  check(ioctl_(fd, FS_IOC_FSGETXATTR, bytes), "ioctl", "FS_IOC_FSGETXATTR");
  return attributes;
}

/**
 * Tells which project a folder belongs to.
 *
 * @param fd The folder.
 * @returns The project's number; 0 for none.
 * @throws {SyscallError} `ENOTTY`: the file system knows no projects.
 */
export function projectOf(fd: number): number {
  return readAttributes(fd).getUint32(PROJECT_OFFSET, true);
}

/**
 * Makes a folder, and what is made in it from now on, belong to a project.
 *
 * @param fd The folder.
 * @param project The project's number.
 * @throws {SyscallError} `ENOTTY`, `EOPNOTSUPP`: the file system knows no projects.
 */
export function setProject(fd: number, project: number): void {
  const attributes = readAttributes(fd);
  attributes.setUint32(0, attributes.getUint32(0, true) | FS_XFLAG_PROJINHERIT, true);
  attributes.setUint32(PROJECT_OFFSET, project, true);
  const bytes = new Uint8Array(attributes.buffer);
  check(ioctl_(fd, FS_IOC_FSSETXATTR, bytes), "ioctl", "FS_IOC_FSSETXATTR");
}

/**
 * Tells whether a project's size is limited (quotactl(2), Q_XGETQUOTA).
 *
 * @param fd Any folder of the file system.
 * @param project The project's number.
 * @returns Whether it is.
 * @throws {SyscallError} `ESRCH`, `ENOSYS`: the file system does not limit projects.
 */
export function hasProjectLimit(fd: number, project: number): boolean {
  const quota = new DataView(new ArrayBuffer(DISK_QUOTA_SIZE));
  try {
    quotactl(fd, Q_XGETQUOTA, project, quota);
    return quota.getBigUint64(HARD_LIMIT_OFFSET, true) !== 0n;
  } catch (error) {
    // A project nobody has heard of yet.
    if (isErrno(error, Errno.ENOENT)) return false;
    throw error;
  }
}

/**
 * Limits a project's size (quotactl(2), Q_XSETQLIM).
 *
 * @param fd Any folder of the file system.
 * @param project The project's number.
 * @param bytes The limit; 0 for none.
 * @throws {SyscallError} `ESRCH`, `ENOSYS`: the file system does not limit projects.
 */
export function setProjectLimit(fd: number, project: number, bytes: number): void {
  const quota = new DataView(new ArrayBuffer(DISK_QUOTA_SIZE));
  quota.setInt8(0, FS_DQUOT_VERSION);
  quota.setInt8(1, XFS_PROJ_QUOTA);
  quota.setUint16(2, FS_DQ_BSOFT_BHARD, true);
  quota.setUint32(4, project, true);
  const blocks = (BigInt(bytes) + BLOCK_SIZE - 1n) / BLOCK_SIZE;
  quota.setBigUint64(HARD_LIMIT_OFFSET, blocks, true);
  quota.setBigUint64(SOFT_LIMIT_OFFSET, blocks, true);
  quotactl(fd, Q_XSETQLIM, project, quota);
}
