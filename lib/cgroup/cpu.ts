/**
 * The CPU controllers.
 *
 * @module
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu
 */

import { controllerFolder, numberNamed, readController } from "./controller.ts";
import type { CgroupLayout } from "./layout.ts";

/** What a cgroup's processes have had of the processors. */
export interface CpuStats {
  /** Time on all processors together since the cgroup was made, in nanoseconds. */
  usageNanoseconds: number;
}

const NANOSECONDS_PER_MICROSECOND = 1000;

/**
 * Reads how long a cgroup's processes have run.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param layout The host's layout.
 * @returns How long; nothing where the host does not count it.
 */
export function cpuStats(path: string, layout?: CgroupLayout): CpuStats | undefined {
  // v1 counts in a controller of its own, v2 in every cgroup.
  const folder = controllerFolder(path, "cpuacct", layout);
  if (folder === undefined) return undefined;
  const usageNanoseconds = folder.version === "v1"
    ? Number(readController(folder, "cpuacct.usage"))
    : numberNamed(readController(folder, "cpu.stat"), "usage_usec") * NANOSECONDS_PER_MICROSECOND;
  return { usageNanoseconds };
}
