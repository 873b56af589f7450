/**
 * What a supervisor that was killed has left, besides containers.
 *
 * @module
 */

import { removeIfPresent } from "../../if_present.ts";
import type { Roots } from "../../state/mod.ts";
import { removeInstanceCgroup, removeStrayCgroups, removeSupervisorCgroup } from "./cgroup.ts";
import { socketPath } from "./presence.ts";

/**
 * Removes what a supervisor that was killed has left; to be called with its lock held, and without a
 * container that runs.
 *
 * @param roots The instance's.
 */
export async function removeSupervisorLeftovers(roots: Roots): Promise<void> {
  await removeStrayCgroups(roots, []);
  await removeSupervisorCgroup(roots);
  removeInstanceCgroup(roots);
  removeIfPresent(socketPath(roots));
}
