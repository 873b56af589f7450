/**
 * Putting an instance right after something of ours was killed.
 *
 * @module
 */

import {
  type ContainerStore,
  reconcileCommands,
  reconcileRuns,
  WITH_PROCESSES,
} from "../../container/mod.ts";
import { instanceFirewall } from "../../network/mod.ts";
import type { Roots } from "../../state/mod.ts";
import {
  releaseSupervisorLock,
  removeSupervisorLeftovers,
  startSupervisor,
  takeSupervisorLock,
} from "../../supervisor/mod.ts";

/**
 * Removes what commands and supervisors that were killed have left, and starts a supervisor where
 * containers run without one.
 *
 * @param roots The instance's.
 * @param store Its records.
 */
export async function repair(roots: Roots, store: ContainerStore): Promise<void> {
  await reconcileCommands(roots, store);
  const lock = takeSupervisorLock(roots);
  // Somebody supervises the running ones, and keeps their records.
  if (lock === undefined) return;
  try {
    const hadPorts = store.list(WITH_PROCESSES).some(({ ports }) => ports.length > 0);
    const { restarting, running } = await reconcileRuns(roots, store);
    if (hadPorts) await instanceFirewall(roots, store.database).sync();
    if (restarting.length + running.length === 0) return await removeSupervisorLeftovers(roots);
  } finally {
    releaseSupervisorLock(lock);
  }
  await startSupervisor(roots);
}
