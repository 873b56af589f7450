/**
 * Joining a namespace by its file.
 *
 * @module
 */

import { close, open, OpenFlag, setns } from "../../../ffi/mod.ts";

/**
 * Moves the calling thread, or with a PID namespace its children, into a namespace.
 *
 * @param path A `/proc/PID/ns` file or a bind mount of one.
 * @param kind The bit of `CloneFlag` for its kind.
 * @throws {SyscallError} The kernel refused.
 */
export function joinNamespace(path: string, kind: number): void {
  const fd = open(path, OpenFlag.RDONLY);
  try {
    setns(fd, kind);
  } finally {
    close(fd);
  }
}
