/**
 * Giving unpacked files their owner, mode, attributes and times, in the order that keeps them.
 *
 * Changing the owner clears set-id bits and file capabilities, and writing clears capabilities: so
 * the content comes first, then owner, mode, attributes; the times last.
 *
 * @module
 */

import { Errno, isErrno } from "../../../ffi/error.ts";
import { close, OpenFlag } from "../../../ffi/fd.ts";
import { AT_FDCWD, openat } from "../../../ffi/openat.ts";
import { fchmod, fchmodat, fchown, fchownat } from "../../../ffi/ownership.ts";
import { futimens, utimensat } from "../../../ffi/timestamps.ts";
import { fsetxattr, lsetxattr } from "../../../ffi/xattr.ts";
import { toByteString, toCString } from "./byte_string.ts";
import type { Attribute } from "./attributes.ts";
import type { Metadata } from "./entry.ts";

/**
 * Sets the metadata of an open file or directory.
 *
 * @param fd Its descriptor.
 * @param metadata What it is to have.
 * @throws {SyscallError} The kernel refused.
 */
export function setMetadata(fd: number, metadata: Metadata): void {
  fchown(fd, metadata.uid, metadata.gid);
  fchmod(fd, metadata.mode);
  for (const attribute of metadata.attributes) {
    setAttribute(attribute, (name, value) => fsetxattr(fd, name, value));
  }
  futimens(fd, metadata.modified);
}

/**
 * Sets the metadata of a file that cannot be opened without effect: a link, a device, a FIFO.
 *
 * @param directory The descriptor of the directory it is in.
 * @param name Its name there.
 * @param metadata What it is to have.
 * @param options `isSymlink` leaves the mode, which symbolic links do not have.
 * @throws {SyscallError} The kernel refused.
 */
export function setMetadataAt(
  directory: number,
  name: Uint8Array<ArrayBuffer>,
  metadata: Metadata,
  options: { isSymlink: boolean },
): void {
  fchownat(directory, name, metadata.uid, metadata.gid);
  if (!options.isSymlink) changeMode(directory, name, metadata.mode);
  for (const attribute of metadata.attributes) {
    // Through /proc, as before Linux 6.13 no call sets one relative to a descriptor.
    const path = toCString(`/proc/self/fd/${directory}/${toByteString(name.subarray(0, -1))}`);
    setAttribute(attribute, (key, value) => lsetxattr(path, key, value));
  }
  utimensat(directory, name, metadata.modified);
}

/**
 * By the file itself: fchmodat(2) follows a link that somebody may have put in its place, to wherever
 * that leads in this process's root.
 */
function changeMode(directory: number, name: Uint8Array<ArrayBuffer>, mode: number): void {
  const fd = openat(directory, name, OpenFlag.PATH | OpenFlag.NOFOLLOW);
  try {
    fchmodat(AT_FDCWD, `/proc/self/fd/${fd}`, mode);
  } finally {
    close(fd);
  }
}

function setAttribute(
  attribute: Attribute,
  set: (name: Uint8Array<ArrayBuffer>, value: Uint8Array<ArrayBuffer>) => void,
): void {
  try {
    set(toCString(attribute.name), attribute.value);
  } catch (error) {
    // As other engines, do without attributes the file system (`user.` on an old tmpfs) or the kind
    // of file (`user.` on a link: EPERM) cannot have. A capability is what a program relies on.
    const isUser = attribute.name.startsWith("user.");
    const isOptional = attribute.name !== "security.capability";
    if (isOptional && isErrno(error, Errno.EOPNOTSUPP)) return;
    if (isUser && isErrno(error, Errno.EPERM)) return;
    throw error;
  }
}
