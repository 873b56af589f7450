/**
 * Listing containers.
 *
 * Apart from the rest, because a list is asked for more often than anything else and needs next to
 * nothing of it.
 *
 * @module
 */

import { type ContainerRecord, ContainerStore } from "../container/store.ts";
import type { Instance } from "./instance.ts";
import { refreshRecords } from "./refresh.ts";

/** Which containers. */
export interface ListContainersOptions {
  /**
   * Whether those that do not run are listed as well.
   *
   * @default false
   */
  all?: boolean;
}

/**
 * Lists containers.
 *
 * @param instance The instance.
 * @param options Which.
 * @returns Their records, the newest first.
 */
export async function listContainers(
  instance: Pick<Instance, "database" | "roots">,
  options: ListContainersOptions = {},
): Promise<ContainerRecord[]> {
  const store = new ContainerStore(instance.database);
  await refreshRecords(instance.roots, store);
  return store.list(options.all ? undefined : ["running"]);
}
