/**
 * Finding a container by what a user calls it.
 *
 * @module
 */

import { type ContainerRecord, ContainerStore } from "../../container/record/store.ts";
import type { Instance } from "./instance.ts";
import { refreshRecords } from "./refresh.ts";

/**
 * Finds a container, after comparing the records with what the kernel says.
 *
 * @param instance The instance.
 * @param nameOrId A name, an id, or the beginning of one.
 * @returns Its record.
 * @throws {EngineError} `notFound`; `conflict`: several ids begin like that.
 */
export async function findRecord(
  { database, roots }: Pick<Instance, "database" | "roots">,
  nameOrId: string,
): Promise<ContainerRecord> {
  const store = new ContainerStore(database);
  await refreshRecords(roots, store);
  return store.find(nameOrId);
}
