/**
 * The pids controller, and which processes a cgroup holds.
 *
 * @module
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html#pid
 */

import {
  controllerFolder,
  neededController,
  readController,
  writeController,
} from "./controller.ts";
import { cgroupLayout, subfolders } from "./cgroup.ts";
import type { CgroupLayout } from "./layout.ts";
import type { PidsLimits } from "./resources.ts";

/** How many processes and threads a cgroup holds. */
export interface PidsStats {
  /** Processes and threads, those of nested cgroups included. */
  current: number;
  /** The most there may be; absent where nothing limits it. */
  limit: number | undefined;
}

/**
 * Reads how many processes and threads a cgroup holds.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param layout The host's layout.
 * @returns How many; nothing where the host has no pids controller.
 */
export function pidsStats(path: string, layout?: CgroupLayout): PidsStats | undefined {
  const folder = controllerFolder(path, "pids", layout);
  if (folder === undefined) return undefined;
  const limit = Number(readController(folder, "pids.max").trim() || "max");
  return {
    current: Number(readController(folder, "pids.current")),
    limit: Number.isNaN(limit) ? undefined : limit,
  };
}

/**
 * Limits how many processes and threads a cgroup may hold; those that it holds already stay.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param limits The limits.
 * @param layout The host's layout.
 * @throws {EngineError} `unavailable`: the host has no such controller; `system`: the kernel refused.
 */
export function limitPids(path: string, { limit }: PidsLimits, layout?: CgroupLayout): void {
  writeController(neededController(path, "pids", layout), "pids.max", limit < 0 ? "max" : limit);
}

/**
 * Lists the processes of a cgroup and of those below it, which a container may make.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param layout The host's layout.
 * @returns Their pids on the host, in ascending order; nothing where no hierarchy is mounted.
 */
export function cgroupProcesses(
  path: string,
  layout: CgroupLayout = cgroupLayout(),
): number[] | undefined {
  // On v1 every hierarchy holds the same processes, unless the container moved some.
  const [hierarchy] = layout.hierarchies;
  if (hierarchy === undefined) return undefined;
  const pids = new Set<number>();
  collect(`${hierarchy.mountPoint}${path}`, pids);
  return [...pids].sort((one, other) => one - other);
}

function collect(folder: string, pids: Set<number>): void {
  const text = readController({ version: "v2", path: folder }, "cgroup.procs");
  for (const line of text.split("\n")) if (line !== "") pids.add(Number(line));
  for (const name of subfolders(folder)) collect(`${folder}/${name}`, pids);
}
