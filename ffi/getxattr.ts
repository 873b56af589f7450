/**
 * Reading extended attributes of files.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { callOnPath, type PathArgument, pathBytes } from "./_path.ts";
import { Errno, isErrno } from "./error.ts";

// ssize_t lgetxattr(const char *path, const char *name, void *value, size_t size);   getxattr(2)
const lgetxattr_ = libc("lgetxattr", {
  parameters: ["buffer", "buffer", "buffer", "usize"],
  result: "isize",
});

/** The longest value the kernel takes, `XATTR_SIZE_MAX` (linux/limits.h). */
const buffer = new Uint8Array(64 * 1024);

/**
 * Reads an extended attribute of a file, or of a symbolic link itself.
 *
 * There is no such call relative to a descriptor before Linux 6.13; `/proc/self/fd/N/name` serves.
 *
 * @param path The file.
 * @param name The attribute's name, its namespace included: `trusted.overlay.opaque`.
 * @returns The value; nothing where the file has no such attribute.
 * @throws {SyscallError} The call failed.
 * @see https://man7.org/linux/man-pages/man2/getxattr.2.html
 */
export function lgetxattr(
  path: PathArgument,
  name: PathArgument,
): Uint8Array<ArrayBuffer> | undefined {
  const [file, attribute] = [pathBytes(path), pathBytes(name)];
  try {
    const length = callOnPath(
      "lgetxattr",
      path,
      () => Number(lgetxattr_(file, attribute, buffer, BigInt(buffer.length))),
    );
    return buffer.slice(0, length);
  } catch (error) {
    // EOPNOTSUPP: the file system has no such attributes at all.
    if (isErrno(error, Errno.ENODATA, Errno.EOPNOTSUPP)) return undefined;
    throw error;
  }
}
