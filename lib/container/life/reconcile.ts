/**
 * Putting records right that the kernel contradicts.
 *
 * @module
 */

import { type Roots, storageFailure } from "../../state/mod.ts";
import { exitCode as codeOf, UNKNOWN_EXIT_CODE } from "./exit_code.ts";
import { currentBootId, isAlive, zombieStatus } from "../../process/mod.ts";
import { releaseNetworks, releaseRun, removeContainer } from "./removal.ts";
import { wantsRestart } from "../record/restart_policy.ts";
import { WITH_PROCESSES } from "../record/status.ts";
import type { ContainerRecord, ContainerStore } from "../record/store.ts";
import { dismissWitness } from "./witness.ts";

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
    await removeIfPossible(roots, store, record);
  }
}

/**
 * Does what was left undone because the disk was full or read-only: writes what is held in memory of
 * containers, takes back their addresses, and removes those that were to go with their end.
 *
 * @param roots The instance's.
 * @param store Its records.
 * @returns Whether nothing is left undone.
 */
export async function settleRecords(roots: Roots, store: ContainerStore): Promise<boolean> {
  if (!store.writeHeld()) return false;
  for (const id of staleConnections(store)) await releaseNetworks(roots, store, id);
  for (const record of store.list(["stopped"])) {
    if (!record.settings.autoRemove) continue;
    if (!await removeIfPossible(roots, store, record)) return false;
  }
  return staleConnections(store).length === 0;
}

/** What is to be done about containers after their supervisor has died. */
export interface ReconciledRuns {
  /** Their command runs on although nobody supervises it. */
  running: ContainerRecord[];
  /** Their command has ended, and their restart policy wants it back. */
  restarting: ContainerRecord[];
}

/**
 * Puts right what a supervisor that died has left: containers recorded as running that do not run are
 * recorded as stopped, and what their runs held is released.
 *
 * To be called by whoever holds the supervisor's lock: nobody else may be at work on these records.
 *
 * @param roots The instance's.
 * @param store Its records.
 * @returns What is left to a supervisor to do.
 */
export async function reconcileRuns(roots: Roots, store: ContainerStore): Promise<ReconciledRuns> {
  if (store.holdsChanges) store.writeHeld();
  const result: ReconciledRuns = { running: [], restarting: store.list(["restarting"]) };
  for (const record of store.list(WITH_PROCESSES)) {
    if (record.process && isAlive(record.process)) result.running.push(record);
    else if (
      record.settings.autoRemove && await removeIfPossible(roots, store, record)
    ) {
      if (record.process) dismissWitness(record.process);
    } else {
      const after = await recordLost(roots, store, record);
      if (after.status === "restarting") result.restarting.push(after);
    }
  }
  await settleRecords(roots, store);
  return result;
}

/** Containers that do not run and have addresses of a run all the same: its start was never finished. */
function staleConnections({ database }: ContainerStore): string[] {
  return database.all<{ id: string }>(
    `SELECT DISTINCT container_id AS id FROM endpoints WHERE interface IS NOT NULL AND container_id
       NOT IN (SELECT id FROM containers WHERE status IN (${WITH_PROCESSES.map(() => "?")}))`,
    ...WITH_PROCESSES,
  ).map(({ id }) => id);
}

/** Tells whether it is gone: a disk that cannot be written keeps it for now. */
async function removeIfPossible(
  roots: Roots,
  store: ContainerStore,
  record: ContainerRecord,
): Promise<boolean> {
  try {
    await removeUnlessGone(roots, store, record);
    return true;
  } catch (error) {
    if (storageFailure(error) === undefined) throw error;
    return false;
  }
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
): Promise<ContainerRecord> {
  const sameBoot = record.process?.bootId === currentBootId();
  const status = sameBoot ? zombieStatus(record.process!) : undefined;
  await releaseRun(roots, store, record);
  // What Docker says of a container that went away with its daemon or its machine.
  const lost = sameBoot ? KILLED_EXIT_CODE : UNKNOWN_EXIT_CODE;
  const exitCode = status ? codeOf(status) : lost;
  // After a reboot it is for "tsd system boot" to say what runs again.
  const again = sameBoot && wantsRestart(record, exitCode);
  // When it ended nobody knows.
  store.recordEvent(record, "die", { exitCode: `${exitCode}` });
  const after = store.transition(record.id, WITH_PROCESSES, again ? "restarting" : "stopped", {
    exitCode,
    finishedAt: Date.now(),
    process: null,
  });
  if (sameBoot) dismissWitness(record.process!);
  return after;
}
