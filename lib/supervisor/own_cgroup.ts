/**
 * The supervisor's own cgroup, beside those of its containers.
 *
 * @module
 */

import { Cgroup, ownCgroups } from "../cgroup/mod.ts";
import type { Roots } from "../state/mod.ts";

/**
 * Moves this process into the supervisor's cgroup: out of the session of whoever typed the command,
 * which may be ended as a whole, and of its limits.
 *
 * @param roots The instance's.
 * @returns Moves it back to where it came from, and removes the instance's cgroups, of which no other
 * process may be left.
 */
export function enterOwnCgroup(roots: Roots): () => void {
  const back = ownCgroups();
  const cgroup = new Cgroup(`/${roots.instance}/supervisor`);
  cgroup.create();
  cgroup.add(Deno.pid);
  return () => {
    back.addOrRoot(Deno.pid);
    removeInstanceCgroup(roots);
  };
}

/**
 * Removes the cgroups of an instance of which no process is left.
 *
 * @param roots The instance's.
 */
export function removeInstanceCgroup(roots: Roots): void {
  new Cgroup(`/${roots.instance}`).remove();
}
