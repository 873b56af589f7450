/**
 * A kernel that does nothing and records what it is asked for, in place of `ffi/mod.ts`.
 *
 * A test puts it there by {@linkcode recordingFlags}, so that the plan of a container's mounts is
 * tested without root and without a parameter that only tests need. The test gives up the permission
 * to load libc, so a call that is not recorded fails.
 *
 * @module
 */

import type * as ffi from "../../ffi/mod.ts";
import { Errno, FileSystemType, FileType, SyscallError } from "../../ffi/mod.ts";

export * from "../../ffi/mod.ts";

/** What `lib/runtime` may call. */
export type Kernel = typeof ffi;

/** A call: its name, and its arguments with descriptors by the path they were opened by. */
export type RecordedCall = readonly [name: string, ...args: unknown[]];

/** What was called, in its order. */
export const calls: RecordedCall[] = [];
/** Paths that do not exist. */
export const missing: Set<string> = new Set();
/** Paths that are files; all others are directories. */
export const files: Set<string> = new Set();

const opened = new Map<number, string>();
/** Far from the descriptors that the process has. */
let next = 1000;

const named = (fd: number) => opened.get(fd) ?? fd;

function openAs(path: string): number {
  if (missing.has(path)) throw new SyscallError("open", path, Errno.ENOENT);
  opened.set(next, path);
  return next++;
}

/** Calls that are recorded as they are. */
const record = (name: string) => (...args: unknown[]) => void calls.push([name, ...args]);
/** Calls whose first argument is a descriptor. */
const recordOf = (name: string) => (fd: number, ...args: unknown[]) =>
  void calls.push([name, named(fd), ...args]);

export const mount: Kernel["mount"] = record("mount");
export const umount: Kernel["umount"] = record("umount");
export const chdir: Kernel["chdir"] = record("chdir");
export const pivotRoot: Kernel["pivotRoot"] = record("pivotRoot");
export const setHostname: Kernel["setHostname"] = record("setHostname");
export const setDomainname: Kernel["setDomainname"] = record("setDomainname");
export const setInterfaceUp: Kernel["setInterfaceUp"] = record("setInterfaceUp");
export const fchdir: Kernel["fchdir"] = recordOf("fchdir");
export const setns: Kernel["setns"] = recordOf("setns");
export const setMountAttributes: Kernel["setMountAttributes"] = recordOf("setMountAttributes");
export const writeAll: Kernel["writeAll"] = (fd: number, bytes: Uint8Array): void =>
  void calls.push(["writeAll", named(fd), new TextDecoder().decode(bytes)]);
export const attachMount: Kernel["attachMount"] = (source: number, target: number): void =>
  void calls.push(["attachMount", named(source), named(target)]);
export const open: Kernel["open"] = (path: Parameters<Kernel["open"]>[0]): number =>
  openAs(`${path}`);
export const openat2: Kernel["openat2"] = (
  _: number,
  path: Parameters<Kernel["openat2"]>[1],
): number => openAs(`${path}`);
export const cloneMount: Kernel["cloneMount"] = (path: string, recursive: boolean): number => {
  calls.push(["cloneMount", path, recursive]);
  return openAs(`clone of ${path}`);
};
export const cloneOpenMount: Kernel["cloneOpenMount"] = (
  fd: number,
  recursive: boolean,
): number => {
  calls.push(["cloneOpenMount", named(fd), recursive]);
  return openAs(`clone of ${named(fd)}`);
};
export const close: Kernel["close"] = (fd: number): void => {
  if (!opened.delete(fd)) throw new SyscallError("close", `${fd}`, Errno.EBADF);
};
export const closing: Kernel["closing"] = <T>(fd: number, body: (fd: number) => T): T => {
  try {
    return body(fd);
  } finally {
    close(fd);
  }
};
export const fileSystemType: Kernel["fileSystemType"] = (fd: number): number =>
  `${named(fd)}`.startsWith("/proc/sys") ? FileSystemType.PROC : 0;
export const statx = ((fd: number) => {
  const path = `${named(fd)}`;
  if (path === "clone of /dev/null") {
    return { mode: FileType.CHARACTER | 0o666, deviceMajor: 1, deviceMinor: 3 };
  }
  const type = files.has(path) ? FileType.REGULAR : FileType.DIRECTORY;
  return { mode: type | 0o755, deviceMajor: 0, deviceMinor: 0 };
}) as Kernel["statx"];

/**
 * Lists what was left open.
 *
 * @returns The paths.
 */
export function leftOpen(): string[] {
  return [...opened.values()];
}

/**
 * Says how Deno is started so that `lib/runtime` gets this kernel.
 *
 * @returns Its flags.
 */
export function recordingFlags(): string[] {
  const kernel = new URL("../../ffi/mod.ts", import.meta.url).href;
  const scopes = {
    [new URL("./", import.meta.url).href]: { [kernel]: import.meta.url },
    [import.meta.url]: { [kernel]: kernel },
  };
  const map = `data:application/json,${encodeURIComponent(JSON.stringify({ scopes }))}`;
  return [`--import-map=${map}`];
}
