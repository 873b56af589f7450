/**
 * The owners of files on their way into, or out of, a user namespace.
 *
 * @module
 */

import { hostId } from "./id_mappings.ts";
import type { SpecIdMapping } from "../spec/spec.ts";

/** Which users and groups of the host those of a user namespace are. */
export interface OwnerMappings {
  /** Users. */
  users: readonly SpecIdMapping[];
  /** Groups. */
  groups: readonly SpecIdMapping[];
}

/** What a file has that means another thing in another user namespace. */
export interface Owned {
  /** The owning user. */
  uid: number;
  /** The owning group. */
  gid: number;
  /** Extended attributes. */
  attributes: readonly {
    /** The name, the namespace included. */
    name: string;
    /** The value. */
    value: Uint8Array<ArrayBuffer>;
  }[];
}

/** Says who owns a file on the other side. */
export interface OwnerShift {
  /**
   * Translates a file's owners.
   *
   * @param owned What the file has here.
   * @returns What it has there.
   */
  (owned: Owned): Owned;
}

// What the kernel shows where an owner has no number (/proc/sys/kernel/overflowuid).
const NOBODY = 65534;

const CAPABILITY = "security.capability";
/**
 * struct vfs_ns_cap_data, linux/capability.h: what says whose root it is, the version in its highest
 * byte; 16 bytes of capabilities; and from version 3 on the user that is root in the namespace.
 */
const MAGIC_OFFSET = 0;
const ROOT_OFFSET = 20;
const SIZE = { v2: 20, v3: 24 } as const;
const VERSION = { v2: 0x02000000, v3: 0x03000000, MASK: 0xff000000 } as const;

/**
 * Translates the owners that a user namespace sees to those on the host.
 *
 * @param mappings The namespace's.
 * @returns The translation.
 * @throws {EngineError} The translation: `invalid`, an owner is not mapped.
 */
export function shiftToHost({ groups, users }: OwnerMappings): OwnerShift {
  const user = (id: number) => hostId(users, id);
  return shift(user, (id) => hostId(groups, id));
}

/**
 * Translates owners on the host to those that a user namespace sees.
 *
 * @param mappings The namespace's.
 * @returns The translation; who is not mapped is nobody, as for the kernel.
 */
export function shiftToContainer({ groups, users }: OwnerMappings): OwnerShift {
  return shift((id) => containerId(users, id), (id) => containerId(groups, id));
}

function containerId(mappings: readonly SpecIdMapping[], id: number): number {
  for (const { containerID, hostID, size } of mappings) {
    if (id >= hostID && id < hostID + size) return containerID + id - hostID;
  }
  return NOBODY;
}

function shift(user: (id: number) => number, group: (id: number) => number): OwnerShift {
  return ({ attributes, gid, uid }) => ({
    uid: user(uid),
    gid: group(gid),
    attributes: attributes.map(({ name, value }) => ({
      name,
      value: name === CAPABILITY ? shiftCapability(value, user) : value,
    })),
  });
}

/** Capabilities of a file count for the namespace whose root they name, and those below it. */
function shiftCapability(
  value: Uint8Array<ArrayBuffer>,
  user: (id: number) => number,
): Uint8Array<ArrayBuffer> {
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  if (value.length !== SIZE.v2 && value.length !== SIZE.v3) return value;
  const root = user(value.length === SIZE.v3 ? view.getUint32(ROOT_OFFSET, true) : 0);
  const version = root === 0 ? "v2" : "v3";
  const result = new Uint8Array(SIZE[version]);
  result.set(value.subarray(0, SIZE.v2));
  const flags = view.getUint32(MAGIC_OFFSET, true) & ~VERSION.MASK;
  const written = new DataView(result.buffer);
  written.setUint32(MAGIC_OFFSET, flags | VERSION[version], true);
  if (version === "v3") written.setUint32(ROOT_OFFSET, root, true);
  return result;
}
