/**
 * Placing a process in a cgroup without delay.
 *
 * @module
 */

import { cgroupLayout } from "./cgroup.ts";
import type { CgroupLayout } from "./layout.ts";

/**
 * Names the files by which a thread moves itself into a cgroup, by writing `0` to each.
 *
 * Moving a whole process makes the kernel wait until no process forks or ends, some 10 ms or 30; a
 * thread that moves itself need not be waited for. The threads beside it stay where they are: this is
 * for one that is about to execve, which ends them.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param layout The host's layout.
 * @returns Absolute paths; nothing on v2, where the threads of a process stay together.
 */
export function threadFiles(
  path: string,
  layout: CgroupLayout = cgroupLayout(),
): string[] | undefined {
  if (layout.version === "v2") return undefined;
  return layout.hierarchies.map(({ mountPoint }) => `${mountPoint}${path}/tasks`);
}
