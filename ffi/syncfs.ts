/**
 * Writing a file system's cached changes to its device.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { close, open, OpenFlag } from "./fd.ts";

// int syncfs(int fd);                                                                  syncfs(2)
const syncfs_ = libc("syncfs", { parameters: ["i32"], result: "i32", nonblocking: true });

/**
 * Writes everything cached for a file system to its device (syncfs(2)), without holding up the
 * event loop.
 *
 * @param path A file or folder on it.
 * @throws {SyscallError} The path cannot be opened.
 * @throws {Error} The device failed.
 */
export async function syncfs(path: string): Promise<void> {
  const fd = open(path, OpenFlag.RDONLY);
  try {
    await syncfsOf(fd, path);
  } finally {
    close(fd);
  }
}

/**
 * Does so by a descriptor, for which the kernel keeps what goes wrong: each failure to write since it
 * was opened is reported, once.
 *
 * @param fd A descriptor on the file system, to be left open until this is done.
 * @param path What it is of, for the message.
 * @throws {Error} The device failed.
 */
export async function syncfsOf(fd: number, path: string): Promise<void> {
  // Its errno stays on the pool thread the call ran on.
  if (await syncfs_(fd) !== 0) throw new Error(`syncfs ${path}: the device reports an error`);
}
