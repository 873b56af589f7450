/**
 * Removing the containers that do not run.
 *
 * @module
 */

import { removeContainer } from "../../container/life/removal.ts";
import { IDLE } from "../../container/record/status.ts";
import { type ContainerRecord, ContainerStore } from "../../container/record/store.ts";
import { EngineError } from "../../errors.ts";
import { recordEvent } from "../../state/mod.ts";
import { networkNames } from "../describe/connections.ts";
import { containerCondition, type ContainerFilters, PRUNE_FILTERS } from "../describe/filters.ts";
import { containerSize } from "../describe/size.ts";
import type { Instance } from "../instance/instance.ts";
import { refreshRecords } from "../instance/refresh.ts";

/** Which containers {@linkcode pruneContainers} removes. */
export interface PruneContainersOptions {
  /**
   * Conditions: `label`, `label!`, `until` in milliseconds since the epoch.
   *
   * @default {} all that do not run
   */
  filters?: ContainerFilters;
}

/** What {@linkcode pruneContainers} did. */
export interface PrunedContainers {
  /** The whole ids of the removed containers. */
  removed: string[];
  /** Bytes that were freed. */
  reclaimed: number;
}

/**
 * Removes the containers that do not run.
 *
 * @param instance The instance.
 * @param options Which of them.
 * @returns What was removed.
 * @throws {EngineError} `invalid`: a filter is wrong.
 */
export async function pruneContainers(
  instance: Pick<Instance, "database" | "roots">,
  options: PruneContainersOptions = {},
): Promise<PrunedContainers> {
  const store = new ContainerStore(instance.database);
  const sources = {
    store,
    findImage: () => undefined,
    networksOf: networkNames(instance.database),
  };
  const isWanted = containerCondition(options.filters ?? {}, sources, PRUNE_FILTERS);
  await refreshRecords(instance.roots, store);
  const result: PrunedContainers = { removed: [], reclaimed: 0 };
  for (const record of store.list(IDLE)) {
    if (!isWanted(record)) continue;
    const { writable } = containerSize(instance, record);
    if (!await removeUnlessTaken(instance, store, record)) continue;
    result.removed.push(record.id);
    result.reclaimed += writable;
  }
  recordEvent(instance.database, {
    type: "container",
    action: "prune",
    actorId: "",
    attributes: { reclaimed: String(result.reclaimed) },
  });
  return result;
}

async function removeUnlessTaken(
  { roots }: Pick<Instance, "roots">,
  store: ContainerStore,
  { id }: ContainerRecord,
): Promise<boolean> {
  try {
    await removeContainer(roots, store, id, IDLE);
    return true;
  } catch (error) {
    // Somebody has started or removed it meanwhile.
    const isTaken = error instanceof EngineError &&
      (error.kind === "conflict" || error.kind === "notFound");
    if (isTaken) return false;
    throw error;
  }
}
