/**
 * The CPU controllers.
 *
 * @module
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu
 */

import { EngineError } from "../errors.ts";
import { subfolders } from "./cgroup.ts";
import {
  type ControllerFolder,
  controllerFolder,
  hasControllerFile,
  neededController,
  numberNamed,
  readController,
  writeController,
} from "./controller.ts";
import type { CgroupLayout } from "./layout.ts";
import type { CpuLimits } from "./resources.ts";

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

/** The kernel's default, in microseconds. */
const DEFAULT_PERIOD = 100_000;

/**
 * Limits the processor time of a cgroup.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param limits The limits; those of cpuset are left to its own controller.
 * @param layout The host's layout.
 * @throws {EngineError} `unavailable`: the host lacks something; `invalid`, `system`: the kernel
 * refused.
 */
export function limitCpu(path: string, limits: CpuLimits, layout?: CgroupLayout): void {
  const { period, quota, realtimePeriod, realtimeRuntime, shares } = limits;
  const wanted = [shares, quota, period, realtimeRuntime, realtimePeriod];
  if (!wanted.some((value) => value !== undefined && value !== 0)) return;
  const folder = neededController(path, "cpu", layout);
  if (folder.version === "v1") limitV1(folder, limits);
  else limitV2(folder, limits);
}

function limitV1(folder: ControllerFolder, limits: CpuLimits): void {
  const { period, quota, realtimePeriod, realtimeRuntime, shares } = limits;
  const set = (file: string, value: number | undefined) => {
    if (value !== undefined && value !== 0) writeController(folder, file, value);
  };
  set("cpu.shares", shares);
  if (shares) checkShares(shares, Number(readController(folder, "cpu.shares")));
  // What is left of an earlier quota may be impossible within the new period.
  if (period && quota) writeController(folder, "cpu.cfs_quota_us", -1);
  set("cpu.cfs_period_us", period);
  set("cpu.cfs_quota_us", quota);
  set("cpu.rt_period_us", realtimePeriod);
  if (realtimeRuntime) limitRealtime(folder, realtimeRuntime);
}

const REALTIME = "cpu.rt_runtime_us";
const MICROSECONDS_PER_SECOND = 1_000_000;

/**
 * A cgroup has no more real-time than the one above has for all of those below it, and a new one has
 * none to give (sched-rt-group): so those above, up to the machine's own, get what they need first.
 */
function limitRealtime(folder: ControllerFolder, runtime: number): void {
  const above = { ...folder, path: folder.path.slice(0, folder.path.lastIndexOf("/")) };
  // What is above the root of a hierarchy is no cgroup.
  const isTop = !hasControllerFile({ ...above, path: `${above.path}/..` }, REALTIME);
  if (!isTop) {
    const own = folder.path.slice(above.path.length + 1);
    const others = subfolders(above.path).filter((name) => name !== own)
      .map((name) => share({ ...above, path: `${above.path}/${name}` }));
    const needed = others.reduce((total, one) => total + one, share(folder, runtime));
    if (needed > share(above)) limitRealtime(above, Math.ceil(needed));
  }
  writeController(folder, REALTIME, runtime);
}

/** Microseconds of real-time in a second, as periods may differ. */
function share(
  folder: ControllerFolder,
  runtime = Number(readController(folder, REALTIME)),
): number {
  const period = Number(readController(folder, "cpu.rt_period_us")) || MICROSECONDS_PER_SECOND;
  return runtime * MICROSECONDS_PER_SECOND / period;
}

/** The kernel takes any number, and makes it the nearest possible one. */
function checkShares(wanted: number, actual: number): void {
  if (wanted === actual) return;
  const bound = wanted > actual ? "maximum" : "minimum";
  throw new EngineError(
    `Cannot set cpu-shares to ${wanted}: the ${bound} allowed cpu-shares is ${actual}`,
    { kind: "invalid" },
  );
}

function limitV2(folder: ControllerFolder, limits: CpuLimits): void {
  const { period = 0, quota = 0, realtimePeriod, realtimeRuntime, shares = 0 } = limits;
  if (realtimePeriod || realtimeRuntime) {
    throw new EngineError("Cannot limit real-time processes: cgroup v2 has no such limit", {
      kind: "unavailable",
    });
  }
  if (shares !== 0) writeController(folder, "cpu.weight", cpuWeight(shares));
  if (quota !== 0 || period !== 0) {
    const text = `${quota > 0 ? quota : "max"} ${period || DEFAULT_PERIOD}`;
    writeController(folder, "cpu.max", text);
  }
}

/**
 * Converts shares of v1 to a weight of v2, as runc does.
 *
 * @param shares From 2 to 262144.
 * @returns The weight, from 1 to 10000.
 */
export function cpuWeight(shares: number): number {
  return 1 + Math.trunc((shares - 2) * 9999 / 262142);
}
