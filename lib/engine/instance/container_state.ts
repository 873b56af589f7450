/**
 * The state of a container in Docker's words.
 *
 * @module
 */

import type { ContainerRecord } from "../../container/record/store.ts";

/**
 * Says what state a container is in.
 *
 * @param record The container.
 * @returns `created`, `running`, `paused`, `restarting`, `exited` or `removing`.
 */
export function displayedState({ status }: Pick<ContainerRecord, "status">): string {
  if (status === "stopped") return "exited";
  return status === "creating" ? "created" : status;
}

/**
 * Says how healthy a container is.
 *
 * @param record The container.
 * @returns `starting`, `healthy` or `unhealthy`; `none` without a health check.
 */
export function displayedHealth({ health }: Pick<ContainerRecord, "health">): string {
  return health?.status ?? "none";
}
