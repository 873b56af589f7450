/**
 * Limiting a cgroup: each part of what is asked for goes to the controller it belongs to.
 *
 * @module
 */

import { limitCpu } from "./cpu.ts";
import { limitCpuset } from "./cpuset.ts";
import { limitHugepages } from "./hugetlb.ts";
import { limitBlockIo } from "./io.ts";
import type { CgroupLayout } from "./layout.ts";
import { limitMemory } from "./memory.ts";
import { markNetwork } from "./network_marks.ts";
import { limitPids } from "./pids.ts";
import type { CgroupResources } from "./resources.ts";

/**
 * Limits a cgroup, which must exist. Devices are not among it: see `devices.ts`.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param resources The limits; what is absent is left as it is.
 * @param layout The host's layout.
 * @throws {EngineError} `unavailable`: the host lacks something; `invalid`, `system`: the kernel
 * refused.
 */
export function applyResources(
  path: string,
  resources: CgroupResources,
  layout?: CgroupLayout,
): void {
  const { blockIO, cpu, hugepageLimits, memory, network, pids } = resources;
  if (memory) limitMemory(path, memory, layout);
  if (cpu) {
    limitCpu(path, cpu, layout);
    limitCpuset(path, cpu, layout);
  }
  if (pids) limitPids(path, pids, layout);
  if (blockIO) limitBlockIo(path, blockIO, layout);
  if (hugepageLimits) limitHugepages(path, hugepageLimits, layout);
  if (network) markNetwork(path, network, layout);
}
