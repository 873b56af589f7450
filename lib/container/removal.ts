/**
 * Removing containers.
 *
 * @module
 */

import { Cgroup } from "../cgroup/mod.ts";
import { removeTree, type Roots } from "../state/mod.ts";
import { bundleDirectory, containerCgroup, runDirectory } from "./bundle.ts";
import { identifyProcess } from "./process_identity.ts";
import type { ContainerStatus } from "./status.ts";
import type { ContainerRecord, ContainerStore } from "./store.ts";

/**
 * Removes a container of which no process is left: its cgroup, its files, then its record.
 *
 * @param roots The instance's.
 * @param store Its records.
 * @param id The container's whole id.
 * @param from The statuses it may have.
 * @throws {EngineError} `notFound` or `conflict`: somebody else was faster, or it has another status;
 * `system`: its cgroup cannot be removed.
 */
export async function removeContainer(
  roots: Roots,
  store: ContainerStore,
  id: string,
  from: readonly ContainerStatus[],
): Promise<void> {
  // Nobody starts it from here on, and whoever finds it half removed knows that we are at it.
  const record = store.transition(id, from, "removing", { process: identifyProcess(Deno.pid)! });
  await new Cgroup(containerCgroup(roots, record)).destroy();
  for (const path of [runDirectory(roots, id), bundleDirectory(roots, id)]) {
    await removeTree(path);
  }
  // Last, so that no folder is ever left without a record that leads to it.
  store.delete(id);
  store.recordEvent(record, "destroy");
}

/**
 * Releases what a run of a container held, which has ended.
 *
 * @param roots The instance's.
 * @param record The container.
 * @throws {EngineError} `system`: its cgroup cannot be removed.
 */
export async function releaseRun(roots: Roots, record: ContainerRecord): Promise<void> {
  await new Cgroup(containerCgroup(roots, record)).destroy();
  await removeTree(runDirectory(roots, record.id));
}
