/**
 * Who owns the files of a container in a user namespace, inside of it and on the host.
 *
 * @module
 */

import type { IdMappings } from "../../container/record/settings.ts";
import { asFileOwner } from "../../runtime/root/file_creator.ts";
import { hostId } from "../../runtime/user/id_mappings.ts";
import { type OwnerShift, shiftToContainer, shiftToHost } from "../../runtime/user/owner_shift.ts";

/** Who the owners of a container's files are. */
export interface ContainerOwners {
  /** The container's root, on the host. */
  root: { uid: number; gid: number };
  /** From the host's numbers to the container's. */
  toContainer: OwnerShift;
  /** From the container's numbers to the host's. */
  toHost: OwnerShift;
  /**
   * Creates something as the container's root, whom its file systems know.
   *
   * @param create Does so, without waiting for anything.
   * @returns What that returns.
   */
  createAs<T>(create: () => T): T;
}

/**
 * Tells how the owners of files translate between a container and the host.
 *
 * @param mappings The container's user namespace.
 * @returns The translation.
 */
export function containerOwners(mappings: IdMappings): ContainerOwners {
  const root = { uid: hostId(mappings.users, 0), gid: hostId(mappings.groups, 0) };
  return {
    root,
    toContainer: shiftToContainer(mappings),
    toHost: shiftToHost(mappings),
    createAs: (create) => asFileOwner(root.uid, root.gid, create),
  };
}
