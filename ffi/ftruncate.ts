/**
 * Setting an open file's size.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { callOnPath } from "./_path.ts";

// int ftruncate(int fd, off_t length);                                            truncate(2)
const ftruncate_ = libc("ftruncate", { parameters: ["i32", "i64"], result: "i32" });

/**
 * Sets an open file's size; what is added reads as zeros and takes no room.
 *
 * @param fd The file's descriptor.
 * @param length The size in bytes.
 * @throws {SyscallError} The call failed.
 */
export function ftruncate(fd: number, length: number): void {
  callOnPath("ftruncate", String(fd), () => ftruncate_(fd, BigInt(length)));
}
