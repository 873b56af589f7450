/**
 * Listing and reading the extended attributes of a file given by any descriptor, `O_PATH` included.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { callOnPath } from "./_path.ts";
import { cString } from "./_cstring.ts";
import { Errno, isErrno } from "./error.ts";

/** A file's extended attribute. */
export interface ExtendedAttribute {
  /** Its name, namespace included, one character a byte. */
  name: string;
  /** Its value. */
  value: Uint8Array<ArrayBuffer>;
}

// ssize_t listxattr(const char *path, char *list, size_t size);                     listxattr(2)
const listxattr_ = libc("listxattr", {
  parameters: ["buffer", "buffer", "usize"],
  result: "isize",
});
// ssize_t getxattr(const char *path, const char *name, void *value, size_t size);    getxattr(2)
const getxattr_ = libc("getxattr", {
  parameters: ["buffer", "buffer", "buffer", "usize"],
  result: "isize",
});

/** `XATTR_LIST_MAX` and `XATTR_SIZE_MAX` (linux/limits.h). */
const buffer = new Uint8Array(64 * 1024);

/**
 * Reads all extended attributes of a file.
 *
 * The calls that take a descriptor refuse one of `O_PATH`; its link in /proc leads to the same file,
 * which may itself be a symbolic link.
 *
 * @param fd Any descriptor of the file.
 * @returns The attributes, sorted by name; none where the file system has no such thing.
 * @throws {SyscallError} A call failed.
 * @see https://man7.org/linux/man-pages/man2/listxattr.2.html
 */
export function readAllXattrs(fd: number): ExtendedAttribute[] {
  const path = cString(`/proc/self/fd/${fd}`);
  const attributes: ExtendedAttribute[] = [];
  for (const name of listNames(path)) {
    const value = readValue(path, name);
    if (value !== undefined) attributes.push({ name, value });
  }
  return attributes;
}

function listNames(path: Uint8Array<ArrayBuffer>): string[] {
  let length: number;
  try {
    length = callOnPath(
      "listxattr",
      path,
      () => Number(listxattr_(path, buffer, BigInt(buffer.length))),
    );
  } catch (error) {
    if (isErrno(error, Errno.EOPNOTSUPP)) return [];
    throw error;
  }
  if (length === 0) return [];
  const text = String.fromCharCode(...buffer.subarray(0, length - 1));
  return text.split("\0").sort((one, other) => one < other ? -1 : 1);
}

/** Nothing where it was removed meanwhile. */
function readValue(
  path: Uint8Array<ArrayBuffer>,
  name: string,
): Uint8Array<ArrayBuffer> | undefined {
  const key = Uint8Array.from(`${name}\0`, (character) => character.charCodeAt(0));
  try {
    const length = callOnPath(
      "getxattr",
      path,
      () => Number(getxattr_(path, key, buffer, BigInt(buffer.length))),
    );
    return buffer.slice(0, length);
  } catch (error) {
    if (isErrno(error, Errno.ENODATA)) return undefined;
    throw error;
  }
}
