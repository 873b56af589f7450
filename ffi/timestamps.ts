/**
 * Times of files.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { callOnPath, type PathArgument, pathBytes } from "./_path.ts";

/** A moment, to the nanosecond. */
export interface Timestamp {
  /** Whole seconds since 1970; negative before. */
  seconds: number;
  /** Nanoseconds after that second, 0 to 999,999,999. */
  nanoseconds: number;
}

/** `AT_SYMLINK_NOFOLLOW` (linux/fcntl.h). */
const AT_SYMLINK_NOFOLLOW = 0x100;

// int futimens(int fd, const struct timespec times[2]);                          utimensat(2)
const futimens_ = libc("futimens", { parameters: ["i32", "buffer"], result: "i32" });

// int utimensat(int dirfd, const char *pathname, const struct timespec times[2], int flags);
const utimensat_ = libc("utimensat", {
  parameters: ["i32", "buffer", "buffer", "i32"],
  result: "i32",
});

/** `struct timespec times[2]`: access, then modification; each `i64 tv_sec, tv_nsec`. */
const times = new BigInt64Array(4);

/**
 * Sets an open file's access and modification times to one moment.
 *
 * @param fd The file's descriptor.
 * @param time The moment.
 * @throws {SyscallError} The call failed.
 */
export function futimens(fd: number, time: Timestamp): void {
  fillTimes(time);
  callOnPath("futimens", String(fd), () => futimens_(fd, times));
}

/**
 * Sets the access and modification times of a file, or of a symbolic link itself, to one moment.
 *
 * @param directory The parent's descriptor.
 * @param path Relative to the parent.
 * @param time The moment.
 * @throws {SyscallError} The call failed.
 */
export function utimensat(directory: number, path: PathArgument, time: Timestamp): void {
  const bytes = pathBytes(path);
  fillTimes(time);
  callOnPath(
    "utimensat",
    path,
    () => utimensat_(directory, bytes, times, AT_SYMLINK_NOFOLLOW),
  );
}

function fillTimes(time: Timestamp): void {
  times[0] = times[2] = BigInt(time.seconds);
  times[1] = times[3] = BigInt(time.nanoseconds);
}
