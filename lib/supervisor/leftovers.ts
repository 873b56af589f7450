/**
 * What a supervisor that was killed has left, besides containers.
 *
 * @module
 */

import type { Roots } from "../state/mod.ts";
import { socketPath } from "./lock.ts";
import { removeInstanceCgroup } from "./own_cgroup.ts";

/**
 * Tells whether there is a supervisor's socket: one listens on it, or one was killed.
 *
 * @param roots The instance's.
 * @returns Whether there is.
 */
export function leftSocket(roots: Roots): boolean {
  try {
    Deno.lstatSync(socketPath(roots));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Removes what a supervisor that was killed has left; to be called with its lock held, and without a
 * container that runs.
 *
 * @param roots The instance's.
 */
export async function removeSupervisorLeftovers(roots: Roots): Promise<void> {
  removeInstanceCgroup(roots);
  try {
    await Deno.remove(socketPath(roots));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
