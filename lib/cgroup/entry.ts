/**
 * How a process with a single thread gets into a cgroup at once.
 *
 * @module
 */

import { cgroupLayout } from "./cgroup.ts";
import type { CgroupLayout } from "./layout.ts";

/** The way into a cgroup. */
export type CgroupEntry =
  | {
    /** Files of the host to write `0` to (v1): a process with one thread moves itself at once. */
    files: readonly string[];
  }
  | {
    /** The folder of the host (v2): processes are born there. */
    folder: string;
  };

/**
 * Finds the way into a cgroup: moving a process that does something else takes the kernel 10 ms.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param layout The host's layout.
 * @returns The way.
 */
export function cgroupEntry(path: string, layout: CgroupLayout = cgroupLayout()): CgroupEntry {
  const { hierarchies, version } = layout;
  return version === "v2"
    ? { folder: `${hierarchies[0]!.mountPoint}${path}` }
    : { files: hierarchies.map(({ mountPoint }) => `${mountPoint}${path}/tasks`) };
}
