/**
 * Who a process of a container runs as, and its streams' owner.
 *
 * @module
 */

import { close, fchown, FileType, OpenFlag, read, statx } from "../../../ffi/mod.ts";
import { openInContainer } from "../root/container_path.ts";
import { findGroup, findIdentity, type Identity } from "../user/identity.ts";
import { Annotation, type Spec, type SpecUser } from "../spec/spec.ts";

/** The group of terminals on every distribution, as the devpts mount has it. */
export const TTY_GROUP = 5;

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

/** Who a process is to run as. */
export interface WantedUser {
  /** `USER[:GROUP]`, looked up in the container's account files; where absent, the numbers decide. */
  name?: string | undefined;
  /** The user by number; its supplementary groups count in both cases. */
  numbers: SpecUser;
  /** More supplementary groups, names or numbers, looked up in the same files. */
  groups: readonly string[];
}

/**
 * Reads off a configuration who its process runs as.
 *
 * @param spec The configuration.
 * @returns The user.
 */
export function userOfSpec({ annotations, process }: Spec): WantedUser {
  const groups = annotations?.[Annotation.GROUPS];
  return {
    name: annotations?.[Annotation.USER],
    numbers: process.user,
    groups: groups === undefined ? [] : JSON.parse(groups) as string[],
  };
}

/**
 * Finds out who a process runs as.
 *
 * @param wanted Who is asked for.
 * @param openFile Opens the account files; by default in the root the calling thread is in.
 * @returns The identity.
 * @throws {EngineError} `invalid`: there is no such user or group.
 */
export function findProcessIdentity(
  { groups, name, numbers }: WantedUser,
  openFile: FileOpener = openHere,
): Identity {
  const { uid, gid, additionalGids = [] } = numbers;
  const files = name === undefined && groups.length === 0 ? undefined : {
    passwd: readAccountFile("/etc/passwd", openFile),
    group: readAccountFile("/etc/group", openFile),
  };
  const added = files ? groups.map((group) => findGroup(group, files)) : [];
  const identity = name === undefined
    ? { uid, gid, groups: [], home: uid === 0 ? "/root" : "/" }
    : findIdentity(name, files!);
  return { ...identity, groups: [...new Set([...identity.groups, ...additionalGids, ...added])] };
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
