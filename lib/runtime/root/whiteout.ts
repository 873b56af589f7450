/**
 * Whiteouts as the overlay file system has them.
 *
 * @module
 * @see https://docs.kernel.org/filesystems/overlayfs.html#whiteouts-and-opaque-directories
 */

import { FileType } from "../../../ffi/directory_entry.ts";
import type { FileStatus } from "../../../ffi/statx.ts";

/**
 * Tells whether a file of a layer is a whiteout: the character device 0:0, which hides what has its
 * name in the layers below.
 *
 * @param status What the kernel knows of the file.
 * @returns Whether it is.
 */
export function isWhiteout({ mode, deviceMajor, deviceMinor }: FileStatus): boolean {
  return (mode & FileType.MASK) === FileType.CHARACTER && deviceMajor === 0 && deviceMinor === 0;
}
