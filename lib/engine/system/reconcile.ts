/**
 * Putting everything of an instance right.
 *
 * @module
 */

import { type ContainerRecord, ContainerStore } from "../../container/mod.ts";
import type { Instance } from "../instance/instance.ts";
import { repairNetworks } from "../network/repair.ts";
import { refreshRecords } from "../instance/refresh.ts";

/**
 * Compares an instance's records with the kernel and the host, and puts right what differs.
 *
 * @param instance The instance.
 * @returns What was wrong, a line each; none where all is well.
 * @throws {EngineError} It cannot be put right.
 */
export async function reconcileInstance(instance: Instance): Promise<string[]> {
  const store = new ContainerStore(instance.database);
  const before = store.list();
  await refreshRecords(instance.roots, store);
  const after = new Map(store.list().map((record) => [record.id, record]));
  return [
    ...before.flatMap((record) => changeOf(record, after.get(record.id))),
    ...await repairNetworks(instance),
  ];
}

function changeOf(before: ContainerRecord, after: ContainerRecord | undefined): string[] {
  if (after === undefined) {
    return [`container ${before.name}: was left ${before.status}, removed it`];
  }
  if (after.status === before.status) return [];
  return [`container ${before.name}: was recorded as ${before.status}, is ${after.status}`];
}
