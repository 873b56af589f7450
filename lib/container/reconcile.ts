/**
 * Putting records right that the kernel contradicts.
 *
 * @module
 */

import { Cgroup } from "../cgroup/mod.ts";
import type { Roots } from "../state/mod.ts";
import { cgroupPath, removeBundle, runDirectory } from "./bundle.ts";
import { currentBootId, isAlive } from "./process_identity.ts";
import type { ContainerRecord, ContainerStore } from "./store.ts";

// What Docker says of a container that went away with its daemon or its machine.
const LOST_EXIT_CODE = 255;
const KILLED_EXIT_CODE = 137;

/** What reconciling found. */
export interface Reconciled {
  /** Containers whose command runs on, although nobody supervises it. */
  running: ContainerRecord[];
}

/**
 * Puts right what commands and supervisors that died have left: containers whose creation was never
 * finished are removed, those recorded as running that do not run are recorded as stopped, and what
 * their runs held is released.
 *
 * To be called by the supervisor at its start, or by whoever holds its lock: no other supervisor may
 * be at work on the same records.
 *
 * @param roots The instance's.
 * @param store Its records.
 * @returns Which containers are to be adopted.
 */
export async function reconcile(roots: Roots, store: ContainerStore): Promise<Reconciled> {
  const running: ContainerRecord[] = [];
  for (const record of store.list(["creating", "running"])) {
    if (record.process && isAlive(record.process)) {
      if (record.status === "running") running.push(record);
    } else if (record.status === "creating") {
      await removeContainer(roots, store, record.id);
    } else {
      await recordLost(roots, store, record);
    }
  }
  return { running };
}

async function recordLost(
  roots: Roots,
  store: ContainerStore,
  record: ContainerRecord,
): Promise<void> {
  if (record.settings.autoRemove) return await removeContainer(roots, store, record.id);
  new Cgroup(cgroupPath(roots, record.id)).remove();
  await removeRunDirectory(roots, record.id);
  const sameBoot = record.process?.bootId === currentBootId();
  store.transition(record.id, ["running"], "stopped", {
    exitCode: sameBoot ? KILLED_EXIT_CODE : LOST_EXIT_CODE,
    finishedAt: Date.now(),
    process: null,
  });
}

async function removeRunDirectory(roots: Roots, id: string): Promise<void> {
  try {
    await Deno.remove(runDirectory(roots, id), { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Removes a container that does not run: its cgroup, its files, then its record.
 *
 * @param roots The instance's.
 * @param store Its records.
 * @param id The container's whole id.
 */
export async function removeContainer(
  roots: Roots,
  store: ContainerStore,
  id: string,
): Promise<void> {
  new Cgroup(cgroupPath(roots, id)).remove();
  await removeBundle(roots, id);
  // Last, so that no folder is ever left without a record that leads to it.
  store.delete(id);
}
