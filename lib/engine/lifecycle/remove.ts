/**
 * Removing containers.
 *
 * @module
 */

import { removeContainer } from "../../container/life/removal.ts";
import { IDLE } from "../../container/record/status.ts";
import type { ContainerRecord } from "../../container/record/store.ts";
import { EngineError } from "../../errors.ts";
import { type ContainerContext, findContainer, HELD } from "../instance/container_context.ts";
import { endRun } from "./stop.ts";

/** Options of `Containers.remove`. */
export interface RemoveContainerOptions {
  /**
   * Whether a running container is killed.
   *
   * @default false
   */
  force?: boolean;
  /**
   * Whether volumes go with it whose names were made up for it.
   *
   * @default false
   */
  volumes?: boolean;
}

/**
 * Removes a container.
 *
 * @param context What that needs.
 * @param nameOrId A name, an id, or the beginning of one.
 * @param options Whether a running one is killed.
 * @throws {EngineError} `notFound`; `conflict`: it runs, or another command is at work on it.
 */
export async function removeOnRequest(
  context: ContainerContext,
  nameOrId: string,
  options: RemoveContainerOptions,
): Promise<void> {
  const { roots, store } = context;
  const record = await findContainer(context, nameOrId);
  if (HELD.includes(record.status)) {
    if (!options.force) throw runningError(nameOrId, record);
    await endRun(context, record, { signal: "SIGKILL", timeoutSeconds: -1 });
    // With --rm the supervisor has removed it.
    if (!store.get(record.id)) return;
  }
  try {
    await removeContainer(roots, store, record.id, IDLE, options);
  } catch (error) {
    // Another command removes it at the same time: what was wanted happens.
    const status = store.get(record.id)?.status;
    if (options.force && (status === undefined || status === "removing")) return;
    throw error;
  }
}

function runningError(nameOrId: string, record: ContainerRecord): EngineError {
  return new EngineError(
    `cannot remove container "${nameOrId}": container is ${record.status}: stop the container ` +
      `before removing or force remove`,
    { kind: "conflict" },
  );
}
