/**
 * Putting records right that the kernel contradicts.
 *
 * @module
 */

import type { Roots } from "../state/mod.ts";
import { currentBootId, isAlive } from "./process_identity.ts";
import { releaseRun, removeContainer } from "./removal.ts";
import type { ContainerRecord, ContainerStore } from "./store.ts";

// What Docker says of a container that went away with its daemon or its machine.
const LOST_EXIT_CODE = 255;
const KILLED_EXIT_CODE = 137;

/**
 * Finishes what commands that died have left half done: containers whose creation was never finished
 * and those whose removal was not are removed.
 *
 * @param roots The instance's.
 * @param store Its records.
 */
export async function reconcileCommands(roots: Roots, store: ContainerStore): Promise<void> {
  for (const record of store.list(["creating", "removing"])) {
    if (record.process && isAlive(record.process)) continue;
    await removeUnlessGone(roots, store, record);
  }
}

/**
 * Puts right what a supervisor that died has left: containers recorded as running that do not run are
 * recorded as stopped, and what their runs held is released.
 *
 * To be called by whoever holds the supervisor's lock: nobody else may be at work on these records.
 *
 * @param roots The instance's.
 * @param store Its records.
 * @returns Containers whose command runs on although nobody supervises it.
 */
export async function reconcileRuns(
  roots: Roots,
  store: ContainerStore,
): Promise<ContainerRecord[]> {
  const running: ContainerRecord[] = [];
  for (const record of store.list(["running"])) {
    if (record.process && isAlive(record.process)) running.push(record);
    else if (record.settings.autoRemove) await removeUnlessGone(roots, store, record);
    else await recordLost(roots, store, record);
  }
  return running;
}

async function removeUnlessGone(
  roots: Roots,
  store: ContainerStore,
  record: ContainerRecord,
): Promise<void> {
  try {
    await removeContainer(roots, store, record.id, [record.status]);
  } catch (error) {
    // Another command had the same idea, or the supervisor has started it meanwhile.
    if (store.get(record.id)?.status === record.status) throw error;
  }
}

async function recordLost(
  roots: Roots,
  store: ContainerStore,
  record: ContainerRecord,
): Promise<void> {
  await releaseRun(roots, record.id);
  const sameBoot = record.process?.bootId === currentBootId();
  store.transition(record.id, ["running"], "stopped", {
    exitCode: sameBoot ? KILLED_EXIT_CODE : LOST_EXIT_CODE,
    finishedAt: Date.now(),
    process: null,
  });
}
