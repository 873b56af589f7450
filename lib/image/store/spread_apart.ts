/**
 * Where a file system puts trees that have nothing to do with each other.
 *
 * @module
 */

import { SyscallError } from "../../../ffi/error.ts";
import { close, open, OpenFlag } from "../../../ffi/fd.ts";
import { InodeFlag, inodeFlags, setInodeFlags } from "../../../ffi/inode_flags.ts";

/**
 * Has the file system put each directory that is made in a folder at a place of its own, if it knows
 * how to (ext4).
 *
 * Otherwise ext4 puts all of them where the folder is, and their files too. But for a minute and more
 * it does not use the inodes of what was deleted there again, and looks at all of them for each file
 * it makes: an image took two times as long to unpack where another one had just been removed.
 *
 * @param folder The folder.
 * @throws {SyscallError} It cannot be opened.
 */
export function spreadApart(folder: string): void {
  const fd = open(folder, OpenFlag.RDONLY | OpenFlag.DIRECTORY);
  try {
    const flags = inodeFlags(fd);
    if ((flags & InodeFlag.TOPDIR) === 0) setInodeFlags(fd, flags | InodeFlag.TOPDIR);
  } catch (error) {
    // A hint, which others refuse: with ENOTTY, EOPNOTSUPP, or whatever FUSE's servers think of.
    if (!(error instanceof SyscallError)) throw error;
  } finally {
    close(fd);
  }
}
