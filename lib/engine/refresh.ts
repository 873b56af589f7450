/**
 * Comparing what is remembered with what the kernel says, at the beginning of a command.
 *
 * @module
 */

import {
  type ContainerStore,
  isAlive,
  reconcileCommands,
  reconcileRuns,
} from "../container/mod.ts";
import type { Roots } from "../state/mod.ts";
import {
  leftSocket,
  releaseSupervisorLock,
  removeSupervisorLeftovers,
  startSupervisor,
  takeSupervisorLock,
} from "../supervisor/mod.ts";

/**
 * Puts records right that the kernel contradicts, and starts a supervisor where containers run
 * without one; does next to nothing where all is well.
 *
 * @param roots The instance's.
 * @param store Its records.
 */
export async function refreshRecords(roots: Roots, store: ContainerStore): Promise<void> {
  const records = store.list(["creating", "running", "removing"]);
  const abandoned = records.some(({ process, status }) =>
    status !== "running" && !(process && isAlive(process))
  );
  if (abandoned) await reconcileCommands(roots, store);
  if (!records.some(({ status }) => status === "running") && !leftSocket(roots)) return;
  const lock = takeSupervisorLock(roots);
  // Somebody supervises them, and keeps their records.
  if (lock === undefined) return;
  try {
    const orphans = await reconcileRuns(roots, store);
    if (orphans.length === 0) return await removeSupervisorLeftovers(roots);
  } finally {
    releaseSupervisorLock(lock);
  }
  await startSupervisor(roots);
}
