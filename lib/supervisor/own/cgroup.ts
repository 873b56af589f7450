/**
 * The supervisor's own cgroup, beside those of its containers.
 *
 * @module
 */

import { Cgroup, ownCgroups } from "../../cgroup/mod.ts";
import { cgroupPath, type ContainerRecord, endWitness } from "../../container/mod.ts";
import { type ProcessIdentity, readProcessStat } from "../../process/mod.ts";
import type { Roots } from "../../state/mod.ts";

const SUPERVISOR = "supervisor";

/**
 * Moves this process into the supervisor's cgroup: out of the session of whoever typed the command,
 * which may be ended as a whole, and of its limits.
 *
 * @param roots The instance's.
 * @returns Moves it back to where it came from, and removes the instance's cgroups, of which no other
 * process may be left.
 */
export async function enterOwnCgroup(roots: Roots): Promise<() => void> {
  const back = ownCgroups();
  const cgroup = supervisorCgroup(roots);
  cgroup.create();
  await cgroup.add(Deno.pid);
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

/**
 * Ends witnesses of inits that never became containers, as their supervisor was killed.
 *
 * @param roots The instance's.
 * @param running The containers that run.
 */
export function endStrayWitnesses(roots: Roots, running: readonly ContainerRecord[]): void {
  const wanted = new Set(running.map(({ process }) => parentOf(process!)));
  for (const pid of supervisorCgroup(roots).processes()) if (!wanted.has(pid)) endWitness(pid);
}

function parentOf({ pid, start }: ProcessIdentity): number | undefined {
  const stat = readProcessStat(pid);
  return stat?.start === start ? stat.parent : undefined;
}

/**
 * Removes the cgroup of a supervisor that was killed, with the witnesses in it; to be called with its
 * lock held, and without a container that runs.
 *
 * @param roots The instance's.
 */
export async function removeSupervisorCgroup(roots: Roots): Promise<void> {
  await supervisorCgroup(roots).destroy();
}

function supervisorCgroup(roots: Roots): Cgroup {
  return new Cgroup(cgroupPath(roots, SUPERVISOR));
}

/**
 * Removes cgroups that a supervisor which was killed has left: of inits that were to become
 * containers, and end with it, if they have not yet.
 *
 * @param roots The instance's.
 * @param running Whole ids of the containers that run.
 */
export async function removeStrayCgroups(
  roots: Roots,
  running: readonly string[],
): Promise<void> {
  const strays = new Cgroup(`/${roots.instance}`).children()
    .filter((name) => name !== SUPERVISOR && !running.includes(name));
  await Promise.all(strays.map((name) => new Cgroup(cgroupPath(roots, name)).destroy()));
}
