/**
 * Extended attributes of files.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { callOnPath, type PathArgument, pathBytes } from "./_path.ts";

// int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags);
//                                                                               setxattr(2)
const fsetxattr_ = libc("fsetxattr", {
  parameters: ["i32", "buffer", "buffer", "usize", "i32"],
  result: "i32",
});

// int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags);
//                                                                               setxattr(2)
const lsetxattr_ = libc("lsetxattr", {
  parameters: ["buffer", "buffer", "buffer", "usize", "i32"],
  result: "i32",
});

/**
 * Sets an extended attribute of an open file.
 *
 * @param fd The file's descriptor.
 * @param name The attribute's name, its namespace included: `user.mime_type`.
 * @param value The attribute's value.
 * @throws {SyscallError} The call failed: `EOPNOTSUPP` where the file system has no such attributes.
 */
export function fsetxattr(fd: number, name: PathArgument, value: Uint8Array<ArrayBuffer>): void {
  const bytes = pathBytes(name);
  callOnPath(
    "fsetxattr",
    name,
    () => fsetxattr_(fd, bytes, value, BigInt(value.length), 0),
  );
}

/**
 * Sets an extended attribute of a file, or of a symbolic link itself.
 *
 * There is no such call relative to a descriptor before Linux 6.13; `/proc/self/fd/N/name` serves.
 *
 * @param path The file.
 * @param name The attribute's name, its namespace included.
 * @param value The attribute's value.
 * @throws {SyscallError} The call failed.
 */
export function lsetxattr(
  path: PathArgument,
  name: PathArgument,
  value: Uint8Array<ArrayBuffer>,
): void {
  const [file, bytes] = [pathBytes(path), pathBytes(name)];
  callOnPath(
    "lsetxattr",
    name,
    () => lsetxattr_(file, bytes, value, BigInt(value.length), 0),
  );
}
