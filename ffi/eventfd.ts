/**
 * Descriptors that become readable when something happens (eventfd(2)).
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { check } from "./error.ts";

const EFD_NONBLOCK = 0o4000;
const EFD_CLOEXEC = 0o2000000;

// int eventfd(unsigned int initval, int flags);                                       eventfd(2)
const eventfd_ = libc("eventfd", { parameters: ["u32", "i32"], result: "i32" });

/**
 * Creates an event counter (eventfd(2)).
 *
 * @returns Its descriptor, non-blocking and closed on exec; reading it takes eight bytes.
 * @throws {SyscallError} The call failed.
 */
export function eventfdCreate(): number {
  return check(eventfd_(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd", "");
}
