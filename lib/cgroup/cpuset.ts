/**
 * The controller of which processors and memory nodes are used.
 *
 * @module
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html#cpuset
 */

import { neededController, writeController } from "./controller.ts";
import type { CgroupLayout } from "./layout.ts";
import type { CpuLimits } from "./resources.ts";

/**
 * Limits a cgroup to some processors and memory nodes.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param limits The limits; all but those of cpuset are left to the CPU controller.
 * @param layout The host's layout.
 * @throws {EngineError} `unavailable`: the host has no such controller; `system`: the kernel refused.
 */
export function limitCpuset(
  path: string,
  { cpus, mems }: CpuLimits,
  layout?: CgroupLayout,
): void {
  if (!cpus && !mems) return;
  const folder = neededController(path, "cpuset", layout);
  if (cpus) writeController(folder, "cpuset.cpus", cpus);
  if (mems) writeController(folder, "cpuset.mems", mems);
}
