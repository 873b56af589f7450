/**
 * Being told of changes in folders (inotify(7)).
 *
 * @module
 */

import { cString } from "./_cstring.ts";
import { libc } from "./_libc.ts";
import { check } from "./error.ts";

/** What to be told of (linux/inotify.h). */
export const InotifyEvent = {
  /** A file was written to or truncated. */
  MODIFY: 0x2,
  /** A file was renamed, and had this name before. */
  MOVED_FROM: 0x40,
  /** A file was renamed, and has this name now. */
  MOVED_TO: 0x80,
  /** A file was created. */
  CREATE: 0x100,
  /** A file was removed. */
  DELETE: 0x200,
  /** What is watched was removed. */
  DELETE_SELF: 0x400,
} as const;

const IN_NONBLOCK = 0o4000;
const IN_CLOEXEC = 0o2000000;

// int inotify_init1(int flags);                                                 inotify_init1(2)
const inotifyInit1_ = libc("inotify_init1", { parameters: ["i32"], result: "i32" });
// int inotify_add_watch(int fd, const char *pathname, uint32_t mask);       inotify_add_watch(2)
const inotifyAddWatch_ = libc("inotify_add_watch", {
  parameters: ["i32", "buffer", "u32"],
  result: "i32",
});

/**
 * Creates an inotify instance (inotify_init1(2)).
 *
 * @returns Its descriptor, non-blocking and closed on exec; readable when there is something to tell.
 * @throws {SyscallError} The call failed; `EMFILE`: the user has too many of them
 * (`/proc/sys/fs/inotify/max_user_instances`).
 */
export function inotifyCreate(): number {
  return check(inotifyInit1_(IN_NONBLOCK | IN_CLOEXEC), "inotify_init1", "");
}

/**
 * Starts to watch a file, or a folder and the files directly in it (inotify_add_watch(2)).
 *
 * @param inotify The inotify instance.
 * @param path What to watch.
 * @param events Bits of {@linkcode InotifyEvent}.
 * @throws {SyscallError} The call failed.
 */
export function inotifyWatch(inotify: number, path: string, events: number): void {
  check(inotifyAddWatch_(inotify, cString(path), events), "inotify_add_watch", path);
}
