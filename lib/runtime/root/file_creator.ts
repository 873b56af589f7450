/**
 * Creating files as another user.
 *
 * @module
 */

import { makeSystemCall } from "../../../ffi/mod.ts";

// linux/prctl.h, linux/securebits.h: the change of user takes no capability away.
const PR_SET_SECUREBITS = 28;
const SECBIT_NO_SETUID_FIXUP = 1 << 2;

/**
 * Runs a function with the file system's rights of a user, all capabilities besides.
 *
 * What is created belongs to that user from the beginning. A file system that was mounted for a user
 * namespace takes nothing of a user it does not know (EOVERFLOW), even if it is given away at once.
 *
 * @param uid The user, on the host.
 * @param gid The group, on the host.
 * @param action The function; it must not wait for anything, as this holds for the calling thread.
 * @returns What the function returns.
 * @throws {SyscallError} The calling process is not root.
 */
export function asFileOwner<T>(uid: number, gid: number, action: () => T): T {
  become(uid, gid, SECBIT_NO_SETUID_FIXUP);
  try {
    return action();
  } finally {
    become(0, 0, 0);
  }
}

function become(user: number, group: number, securebits: number): void {
  makeSystemCall({ name: "prctl", args: [PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP] });
  makeSystemCall({ name: "setfsgid", args: [group] });
  makeSystemCall({ name: "setfsuid", args: [user] });
  makeSystemCall({ name: "prctl", args: [PR_SET_SECUREBITS, securebits] });
}
