/**
 * What the verbs on containers work with.
 *
 * @module
 */

import type { ContainerStatus } from "../../container/record/status.ts";
import { type ContainerRecord, ContainerStore } from "../../container/record/store.ts";
import type { Roots } from "../../state/mod.ts";
import type { Instance } from "./instance.ts";
import { findRecord } from "./find_container.ts";
import { SupervisorRequests } from "./supervisor_requests.ts";

/** What the verbs on containers work with. */
export interface ContainerContext {
  /** The instance's folders. */
  readonly roots: Roots;
  /** Its records. */
  readonly store: ContainerStore;
  /** Asks its supervisor. */
  readonly supervisor: SupervisorRequests;
}

/**
 * Gets ready to work with the containers of an instance.
 *
 * @param instance The instance.
 * @returns What that needs.
 */
export function containerContext(
  { database, roots }: Pick<Instance, "database" | "roots">,
): ContainerContext {
  return { roots, store: new ContainerStore(database), supervisor: new SupervisorRequests(roots) };
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
  return await findRecord({ roots, database: store.database }, nameOrId);
}
