/**
 * Who a process of a container runs as, and its streams' owner.
 *
 * @module
 */

import { close, fchown, FileType, OpenFlag, read, statx } from "../../ffi/mod.ts";
import { openInContainer } from "./container_path.ts";
import { findIdentity, type Identity } from "./identity.ts";
import type { SpecUser } from "./spec.ts";

// Larger account files than this are not read: they are the image's, and this runs as root.
const ACCOUNT_FILE_LIMIT = 4 << 20;

/** Opens a file of the container. */
export interface FileOpener {
  /**
   * Opens a file.
   *
   * @param path An absolute path in the container.
   * @param flags Bits of `OpenFlag`.
   * @returns A descriptor.
   * @throws {SyscallError} It cannot be opened.
   */
  (path: string, flags: number): number;
}

/**
 * Finds out who a process runs as.
 *
 * @param name `USER[:GROUP]`, looked up in the container's account files; where absent, the numbers
 * decide.
 * @param numbers The user by number; its supplementary groups count in both cases.
 * @param openFile Opens the account files; by default in the root the calling thread is in.
 * @returns The identity.
 * @throws {EngineError} `invalid`: there is no such user or group.
 */
export function findProcessIdentity(
  name: string | undefined,
  numbers: SpecUser,
  openFile: FileOpener = openHere,
): Identity {
  const { uid, gid, additionalGids = [] } = numbers;
  if (name === undefined) {
    return { uid, gid, groups: additionalGids, home: uid === 0 ? "/root" : "/" };
  }
  const identity = findIdentity(name, {
    passwd: readAccountFile("/etc/passwd", openFile),
    group: readAccountFile("/etc/group", openFile),
  });
  return { ...identity, groups: [...new Set([...identity.groups, ...additionalGids])] };
}

function openHere(path: string, flags: number): number {
  return openInContainer(path, { flags });
}

function readAccountFile(path: string, openFile: FileOpener): string {
  let fd: number;
  try {
    // Without waiting: the image may have a FIFO there.
    fd = openFile(path, OpenFlag.RDONLY | OpenFlag.NONBLOCK | OpenFlag.NOCTTY);
  } catch {
    // An image without account files knows numbers only.
    return "";
  }
  try {
    const { mode, size } = statx(fd);
    if ((mode & FileType.MASK) !== FileType.REGULAR || size > ACCOUNT_FILE_LIMIT) return "";
    const buffer = new Uint8Array(size);
    let length = 0;
    for (let count; (count = read(fd, buffer.subarray(length)) ?? 0) > 0;) length += count;
    return new TextDecoder().decode(buffer.subarray(0, length));
  } finally {
    close(fd);
  }
}

/**
 * Lets a user reopen `/dev/stdout` and its like, which are pipes of root's until then.
 *
 * @param uid The user who is to own them.
 * @param streams The streams.
 */
export function giveStreamsTo(uid: number, streams: readonly number[] = [0, 1, 2]): void {
  if (uid === 0) return;
  for (const fd of streams) {
    const { mode, gid } = statx(fd);
    if ((mode & FileType.MASK) === FileType.FIFO) fchown(fd, uid, gid);
  }
}
