/**
 * Comparing what is remembered with what the kernel says, at the beginning of a command.
 *
 * @module
 */

import { isAlive } from "../../process/identity.ts";
import type { ContainerStatus } from "../../container/record/status.ts";
import type { ContainerStore } from "../../container/record/store.ts";
import { type Roots, storageFailure } from "../../state/mod.ts";
import { leftSocket, supervisorIdentity } from "../../supervisor/own/presence.ts";

const SUPERVISED: readonly ContainerStatus[] = ["running", "paused", "restarting"];

/**
 * Puts records right that the kernel contradicts, and starts a supervisor where containers run
 * without one; does next to nothing where all is well. What a full or read-only disk does not let it
 * do is left to the next command: what is on record can be read all the same.
 *
 * @param roots The instance's.
 * @param store Its records.
 */
export async function refreshRecords(roots: Roots, store: ContainerStore): Promise<void> {
  const records = store.list(["creating", "removing", ...SUPERVISED]);
  const abandoned = records.some(({ process, status }) =>
    !SUPERVISED.includes(status) && !(process && isAlive(process))
  );
  const supervisor = supervisorIdentity(roots);
  const unsupervised = supervisor === undefined || !isAlive(supervisor);
  const wantsSupervisor = leftSocket(roots) ||
    records.some(({ status }) => SUPERVISED.includes(status));
  const isLeft = wantsSupervisor || store.holdsChanges;
  if (!abandoned && !(unsupervised && isLeft)) return;
  const { repair } = await import("./repair.ts");
  try {
    await repair(roots, store);
  } catch (error) {
    if (storageFailure(error) === undefined) throw error;
  }
}
