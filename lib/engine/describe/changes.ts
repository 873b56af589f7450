/**
 * What a container has changed of its image's files.
 *
 * @module
 */

import { bundleDirectory } from "../../container/record/folders.ts";
import { type Change, listChanges } from "../../container/life/changes.ts";
import { ContainerStore } from "../../container/record/store.ts";
import { EngineError } from "../../errors.ts";
import type { Instance } from "../instance/instance.ts";
import { refreshRecords } from "../instance/refresh.ts";

/**
 * Lists what a container has changed of its image's files.
 *
 * @param instance The instance.
 * @param nameOrId The container.
 * @returns The changes.
 * @throws {EngineError} `notFound`; `system`: they cannot be read.
 */
export async function listContainerChanges(
  { database, roots }: Pick<Instance, "database" | "roots">,
  nameOrId: string,
): Promise<Change[]> {
  const store = new ContainerStore(database);
  await refreshRecords(roots, store);
  const { id, settings } = store.find(nameOrId);
  try {
    return listChanges(`${bundleDirectory(roots, id)}/upper`, settings.layers);
  } catch (cause) {
    throw new EngineError(`Cannot list the changes of container "${nameOrId}"`, {
      kind: "system",
      cause,
    });
  }
}
