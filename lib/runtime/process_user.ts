/**
 * Who a process of a container runs as, and its streams' owner.
 *
 * Everything here runs after the container's root has been entered.
 *
 * @module
 */

import { close, fchown, FileType, OpenFlag, read, statx } from "../../ffi/mod.ts";
import { openInContainer } from "./container_path.ts";
import { findIdentity, type Identity } from "./identity.ts";
import type { SpecUser } from "./spec.ts";

// Larger account files than this are not read: they are the image's, and this runs as root.
const ACCOUNT_FILE_LIMIT = 4 << 20;

/**
 * Finds out who a process runs as.
 *
 * @param name `USER[:GROUP]`, looked up in the container's account files; where absent, the numbers
 * decide.
 * @param numbers The user by number; its supplementary groups count in both cases.
 * @returns The identity.
 * @throws {EngineError} `invalid`: there is no such user or group.
 */
export function findProcessIdentity(name: string | undefined, numbers: SpecUser): Identity {
  const { uid, gid, additionalGids = [] } = numbers;
  if (name === undefined) {
    return { uid, gid, groups: additionalGids, home: uid === 0 ? "/root" : "/" };
  }
  const identity = findIdentity(name, {
    passwd: readAccountFile("/etc/passwd"),
    group: readAccountFile("/etc/group"),
  });
  return { ...identity, groups: [...new Set([...identity.groups, ...additionalGids])] };
}

function readAccountFile(path: string): string {
  let fd: number;
  try {
    // Without waiting: the image may have a FIFO there.
    fd = openInContainer(path, { flags: OpenFlag.RDONLY | OpenFlag.NONBLOCK | OpenFlag.NOCTTY });
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
 */
export function giveStreamsTo(uid: number): void {
  if (uid === 0) return;
  for (const fd of [0, 1, 2]) {
    const { mode, gid } = statx(fd);
    if ((mode & FileType.MASK) === FileType.FIFO) fchown(fd, uid, gid);
  }
}
