/**
 * Which users and groups of the host those of a container are.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { Spec, SpecIdMapping } from "../spec/spec.ts";

/** A user namespace to create, or to join. */
export interface UserNamespace {
  /** The file of one to join; absent, one is created. */
  path?: string;
  /** Which users of the host its users are. */
  uidMappings: readonly SpecIdMapping[];
  /** Which groups of the host its groups are. */
  gidMappings: readonly SpecIdMapping[];
}

/**
 * Finds the user namespace a container is to be in.
 *
 * @param spec The container's configuration.
 * @returns The namespace; nothing where it is the host's.
 */
export function userNamespaceOf({ linux }: Spec): UserNamespace | undefined {
  const own = linux.namespaces.find(({ type }) => type === "user");
  if (!own) return undefined;
  const { gidMappings = [], uidMappings = [] } = linux;
  return { ...own.path !== undefined && { path: own.path }, gidMappings, uidMappings };
}

/**
 * Finds the host's number of a user or group of a user namespace.
 *
 * @param mappings The namespace's.
 * @param id The number inside; where there are no mappings, it is the host's too.
 * @returns The host's number.
 * @throws {EngineError} `invalid`: it is not mapped.
 */
export function hostId(mappings: readonly SpecIdMapping[] | undefined, id: number): number {
  if (!mappings || mappings.length === 0) return id;
  for (const { containerID, hostID, size } of mappings) {
    if (id >= containerID && id < containerID + size) return hostID + id - containerID;
  }
  throw new EngineError(
    `the number ${id} is not mapped in the user namespace: give the user more subordinate ids in ` +
      `/etc/subuid and /etc/subgid`,
    { kind: "invalid" },
  );
}
