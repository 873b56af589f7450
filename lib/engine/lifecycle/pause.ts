/**
 * Pausing containers, and letting them run on.
 *
 * @module
 */

import { pauseContainer, resumeContainer, statusError } from "../../container/life/pause.ts";
import { ContainerStore } from "../../container/record/store.ts";
import { findRecord } from "../instance/find_container.ts";
import type { Instance } from "../instance/instance.ts";

/**
 * Keeps a container's processes from running.
 *
 * @param instance The instance.
 * @param nameOrId A name, an id, or the beginning of one.
 * @throws {EngineError} `notFound`; `conflict`: it does not run, or is paused.
 */
export async function pauseOnRequest(
  instance: Pick<Instance, "database" | "roots">,
  nameOrId: string,
): Promise<void> {
  const record = await findRecord(instance, nameOrId);
  if (record.status === "paused") throw statusError("pause", nameOrId, "already paused");
  if (record.status !== "running") throw statusError("pause", nameOrId, "not running");
  await pauseContainer(instance.roots, new ContainerStore(instance.database), record.id);
}

/**
 * Lets a paused container run on.
 *
 * @param instance The instance.
 * @param nameOrId A name, an id, or the beginning of one.
 * @throws {EngineError} `notFound`; `conflict`: it is not paused.
 */
export async function unpauseOnRequest(
  instance: Pick<Instance, "database" | "roots">,
  nameOrId: string,
): Promise<void> {
  const { id } = await findRecord(instance, nameOrId);
  if (await resumeContainer(instance.roots, new ContainerStore(instance.database), id)) return;
  throw statusError("unpause", nameOrId, "not paused");
}
