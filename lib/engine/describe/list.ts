/**
 * Listing containers.
 *
 * Apart from the rest, because a list is asked for more often than anything else and needs next to
 * nothing of it.
 *
 * @module
 */

import type { ContainerStatus } from "../../container/record/status.ts";
import { type ContainerRecord, ContainerStore } from "../../container/record/store.ts";
import { networkNames } from "./connections.ts";
import type { ContainerFilters } from "./filters.ts";
import type { Instance } from "../instance/instance.ts";
import { refreshRecords } from "../instance/refresh.ts";

/** Which containers. */
export interface ListContainersOptions {
  /**
   * Whether those that do not run are listed as well; so they are with a `status` condition.
   *
   * @default false
   */
  all?: boolean;
  /**
   * Which of them, by `id`, `name`, `label`, `status`, `exited`, `ancestor`, `volume`, `network`,
   * `health`, `before`, `since`, `publish`, `expose`.
   *
   * @default {} all of them
   */
  filters?: ContainerFilters;
  /**
   * How many at most, the newest of them; with it those that do not run are listed as well.
   *
   * @default Infinity
   */
  limit?: number;
}

/** What Docker calls running: also what is paused, and what is about to run again. */
const RUNNING: readonly ContainerStatus[] = ["running", "paused", "restarting"];

/**
 * Lists containers.
 *
 * @param instance The instance.
 * @param options Which.
 * @returns Their records, the newest first.
 * @throws {EngineError} `invalid`: a filter is wrong; `notFound`: a container named by one is missing.
 */
export async function listContainers(
  instance: Pick<Instance, "database" | "roots">,
  options: ListContainersOptions = {},
): Promise<ContainerRecord[]> {
  const { filters = {}, limit } = options;
  const store = new ContainerStore(instance.database);
  await refreshRecords(instance.roots, store);
  const all = options.all || limit !== undefined || filters.status !== undefined;
  const records = store.list(all ? undefined : RUNNING);
  return (await choose(records, instance, filters)).slice(0, limit);
}

async function choose(
  records: ContainerRecord[],
  { database }: Pick<Instance, "database">,
  filters: ContainerFilters,
): Promise<ContainerRecord[]> {
  // Most lists are of all containers.
  if (Object.keys(filters).length === 0) return records;
  const { containerCondition } = await import("./filters.ts");
  const { imageIdFinder } = await import("../image/id_finder.ts");
  return records.filter(containerCondition(filters, {
    store: new ContainerStore(database),
    findImage: imageIdFinder(database),
    networksOf: networkNames(database),
  }));
}
