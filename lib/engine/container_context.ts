/**
 * What the verbs on containers work with.
 *
 * @module
 */

import type { ContainerRecord, ContainerStatus, ContainerStore } from "../container/mod.ts";
import type { Roots } from "../state/mod.ts";
import { refreshRecords } from "./refresh.ts";
import type { SupervisorRequests } from "./supervisor_requests.ts";

/** What the verbs on containers work with. */
export interface ContainerContext {
  /** The instance's folders. */
  readonly roots: Roots;
  /** Its records. */
  readonly store: ContainerStore;
  /** Asks its supervisor. */
  readonly supervisor: SupervisorRequests;
}

/** The statuses in which a supervisor holds a container. */
export const HELD: readonly ContainerStatus[] = ["running", "paused", "restarting"];

/**
 * Finds a container, after comparing the records with what the kernel says.
 *
 * @param context What that needs.
 * @param nameOrId A name, an id, or the beginning of one.
 * @returns Its record.
 * @throws {EngineError} `notFound`; `conflict`: several ids begin like that.
 */
export async function findContainer(
  { roots, store }: Pick<ContainerContext, "roots" | "store">,
  nameOrId: string,
): Promise<ContainerRecord> {
  await refreshRecords(roots, store);
  return store.find(nameOrId);
}
