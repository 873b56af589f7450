/**
 * Keeping a container's processes from running, and letting them run on.
 *
 * @module
 */

import { setFrozen } from "../../cgroup/mod.ts";
import { EngineError } from "../../errors.ts";
import { isGone } from "../../gone.ts";
import type { Roots } from "../../state/mod.ts";
import { containerCgroup } from "../record/folders.ts";
import type { ContainerStore } from "../record/store.ts";

/**
 * Pauses a container.
 *
 * @param roots The instance's.
 * @param store Its records.
 * @param id The container's whole id.
 * @throws {EngineError} `conflict`: it does not run, or is paused; `unavailable`, `system`: its
 * processes cannot be stopped.
 */
export async function pauseContainer(
  roots: Roots,
  store: ContainerStore,
  id: string,
): Promise<void> {
  const record = store.transition(id, ["running"], "paused");
  try {
    await setFrozen(containerCgroup(roots, record), true);
  } catch (error) {
    recordResumed(store, id);
    // The end of a container takes its cgroup away, and then its record says so.
    throw isGone(error) ? statusError("pause", record.name, "not running") : error;
  }
  store.recordEvent(record, "pause");
}

/**
 * Lets a paused container run on; one that is not paused is left alone.
 *
 * @param roots The instance's.
 * @param store Its records.
 * @param id The container's whole id.
 * @returns Whether it was paused.
 * @throws {EngineError} `system`: its processes cannot be let run.
 */
export async function resumeContainer(
  roots: Roots,
  store: ContainerStore,
  id: string,
): Promise<boolean> {
  const record = store.get(id);
  if (record?.status !== "paused") return false;
  try {
    await setFrozen(containerCgroup(roots, record), false);
  } catch (error) {
    // Killed processes end although they are frozen, and the cgroup goes with them.
    if (!isGone(error)) throw error;
  }
  // It may have ended at once, of a signal that it was sent meanwhile.
  if (recordResumed(store, id)) store.recordEvent(record, "unpause");
  return true;
}

/** Tells whether it was still recorded as paused: its end may have been recorded meanwhile. */
function recordResumed(store: ContainerStore, id: string): boolean {
  try {
    store.transition(id, ["paused"], "running");
    return true;
  } catch (error) {
    if (error instanceof EngineError && /^(conflict|notFound)$/.test(error.kind)) return false;
    throw error;
  }
}

/**
 * Says that a container is not in the status a verb needs.
 *
 * @param verb What was to be done.
 * @param name The container, as the user named it.
 * @param status Its status.
 * @returns The error, in Docker's words.
 */
export function statusError(verb: string, name: string, status: string): EngineError {
  return new EngineError(`cannot ${verb} container: ${name}: Container ${name} is ${status}`, {
    kind: "conflict",
  });
}
