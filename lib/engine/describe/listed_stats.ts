/**
 * What several containers use of the machine.
 *
 * @module
 */

import { type ContainerRecord, ContainerStore } from "../../container/record/store.ts";
import type { Instance } from "../instance/instance.ts";
import { refreshRecords } from "../instance/refresh.ts";
import { sampleUsage } from "./stats.ts";
import type { UsageSample } from "./usage_sample.ts";
import { listContainers } from "./list.ts";

/** Which containers {@linkcode listStats} looks at. */
export interface ListStatsOptions {
  /** Whole ids; those that are gone are left out. All that run where absent. */
  ids?: readonly string[] | undefined;
  /**
   * Whether those that do not run are looked at as well, where no ids are given.
   *
   * @default false
   */
  all?: boolean;
}

/** A container, and what it has used of the machine so far. */
export interface ContainerUsageSample {
  /** The container. */
  record: ContainerRecord;
  /** What it has used. */
  usage: UsageSample;
}

/**
 * Reads what several containers have used of the machine so far.
 *
 * @param instance The instance.
 * @param options Which.
 * @returns What each has used.
 */
export async function listStats(
  instance: Pick<Instance, "database" | "roots">,
  { all = false, ids }: ListStatsOptions,
): Promise<ContainerUsageSample[]> {
  const records = ids ? await recordsOf(instance, ids) : await listContainers(instance, { all });
  return records.map((record) => ({ record, usage: sampleUsage(instance.roots, record) }));
}

async function recordsOf(
  { database, roots }: Pick<Instance, "database" | "roots">,
  ids: readonly string[],
): Promise<ContainerRecord[]> {
  const store = new ContainerStore(database);
  await refreshRecords(roots, store);
  return ids.map((id) => store.get(id)).filter((record) => record !== undefined);
}
