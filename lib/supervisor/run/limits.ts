/**
 * The limits of one run.
 *
 * An init that is a process of the runtime takes more memory than many a command may have, and gives
 * it back as it becomes the command. So until then memory is limited less; and at once afterwards as
 * much as it should be. A bare init needs next to nothing: its command never has more than it may.
 *
 * @module
 */

import { applyResources } from "../../cgroup/apply_resources.ts";
import { applyDevices } from "../../cgroup/devices.ts";
import { memoryInUse } from "../../cgroup/memory.ts";
import type { CgroupResources } from "../../cgroup/mod.ts";

/** The limits of a run under way. */
export interface RunLimits {
  /**
   * Limits memory as much as it should be, now that init has become the command.
   *
   * @param kill Kills the command, where it has already taken more than it may.
   * @returns Whether it was.
   * @throws {EngineError} `system`: the kernel refused; the command was killed as well.
   */
  tighten(kill: () => void): boolean;
}

/**
 * Limits a cgroup whose init has yet to become the command.
 *
 * @param cgroup The cgroup, relative to the root of each hierarchy.
 * @param resources The limits.
 * @param initMemory How many bytes init may take besides what it has.
 * @returns The limits that are to come.
 * @throws {EngineError} `unavailable`: the host lacks something; `invalid`, `system`: the kernel
 * refused.
 */
export async function applyRunLimits(
  cgroup: string,
  resources: CgroupResources,
  initMemory: number,
): Promise<RunLimits> {
  const { devices = [], memory, ...others } = resources;
  await applyDevices(cgroup, devices);
  if (initMemory === 0) {
    applyResources(cgroup, { ...others, ...memory && { memory } });
    return { tighten: () => false };
  }
  const { limit = 0, swap: _, ...otherMemory } = memory ?? {};
  const atFirst = Math.max(limit, memoryInUse(cgroup) + initMemory);
  applyResources(cgroup, {
    ...others,
    ...memory && { memory: { ...otherMemory, ...limit > 0 && { limit: atFirst } } },
  });
  return {
    tighten: (kill) => {
      if (memory?.limit === undefined && memory?.swap === undefined) return false;
      return tighten(cgroup, memory, kill);
    },
  };
}

function tighten(
  cgroup: string,
  { limit, swap }: NonNullable<CgroupResources["memory"]>,
  kill: () => void,
): boolean {
  const memory = { ...limit !== undefined && { limit }, ...swap !== undefined && { swap } };
  try {
    applyResources(cgroup, { memory });
    return false;
  } catch (error) {
    // v1 does not kill to get below a new limit; it would have killed had the limit been there.
    kill();
    if (!isBusy(error)) throw error;
    return true;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && (error.cause as { code?: string } | undefined)?.code === "EBUSY";
}
