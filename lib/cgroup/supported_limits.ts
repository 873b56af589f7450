/**
 * Which limits the host's kernel and its cgroup controllers offer.
 *
 * @module
 */

import { cgroupLayout } from "./cgroup.ts";
import { type ControllerFolder, hasControllerFile } from "./controller.ts";
import type { CgroupLayout } from "./layout.ts";

/** Which limits there are. */
export interface SupportedLimits {
  /** Memory. */
  memory: boolean;
  /** Memory and swap together. */
  swap: boolean;
  /** Memory that is left to a cgroup. */
  reservation: boolean;
  /** How willingly memory is swapped out. */
  swappiness: boolean;
  /** Keeping the kernel from killing for want of memory. */
  oomKillDisable: boolean;
  /** Kernel memory. */
  kernelMemory: boolean;
  /** Memory of TCP's buffers. */
  kernelMemoryTcp: boolean;
  /** Weights of processors. */
  cpuShares: boolean;
  /** Time on processors. */
  cpuQuota: boolean;
  /** Time of real-time processes. */
  cpuRealtime: boolean;
  /** Which processors and memory nodes are used. */
  cpuset: boolean;
  /** Processes and threads. */
  pids: boolean;
  /** Weights of block devices. */
  blkioWeight: boolean;
  /** Weights at single block devices. */
  blkioWeightDevice: boolean;
  /** Rates at single block devices. */
  blkioThrottle: boolean;
  /** Huge pages. */
  hugepages: boolean;
  /** Classes of network traffic. */
  networkClass: boolean;
  /** Priorities of network traffic. */
  networkPriority: boolean;
}

/** The file that stands for each limit: its controller and name on v1, its name on v2. */
const FILES: Readonly<Record<keyof SupportedLimits, [v1: string[], v2: string[]]>> = {
  memory: [["memory/memory.limit_in_bytes"], ["memory/memory.max"]],
  swap: [["memory/memory.memsw.limit_in_bytes"], ["memory/memory.swap.max"]],
  reservation: [["memory/memory.soft_limit_in_bytes"], ["memory/memory.low"]],
  swappiness: [["memory/memory.swappiness"], []],
  oomKillDisable: [["memory/memory.oom_control"], []],
  kernelMemory: [["memory/memory.kmem.limit_in_bytes"], []],
  kernelMemoryTcp: [["memory/memory.kmem.tcp.limit_in_bytes"], []],
  cpuShares: [["cpu/cpu.shares"], ["cpu/cpu.weight"]],
  cpuQuota: [["cpu/cpu.cfs_quota_us"], ["cpu/cpu.max"]],
  cpuRealtime: [["cpu/cpu.rt_runtime_us"], []],
  cpuset: [["cpuset/cpuset.cpus"], ["cpuset/cpuset.cpus"]],
  pids: [["pids/pids.current", "pids/cgroup.procs"], ["pids/pids.max"]],
  blkioWeight: [
    ["blkio/blkio.weight", "blkio/blkio.bfq.weight"],
    ["io/io.weight", "io/io.bfq.weight"],
  ],
  blkioWeightDevice: [
    ["blkio/blkio.weight_device", "blkio/blkio.bfq.weight_device"],
    ["io/io.weight", "io/io.bfq.weight"],
  ],
  blkioThrottle: [["blkio/blkio.throttle.read_bps_device"], ["io/io.max"]],
  hugepages: [["hugetlb/cgroup.procs"], ["hugetlb/cgroup.procs"]],
  networkClass: [["net_cls/net_cls.classid"], []],
  networkPriority: [["net_prio/net_prio.ifpriomap"], []],
};

/**
 * Finds out which limits there are.
 *
 * @param layout The host's layout.
 * @returns Whether there is each.
 */
export function supportedLimits(layout: CgroupLayout = cgroupLayout()): SupportedLimits {
  const isThere = layout.version === "v2"
    ? v2Files(layout)
    : (file: string) => v1File(layout, file);
  const index = layout.version === "v2" ? 1 : 0;
  return Object.fromEntries(
    Object.entries(FILES).map(([name, files]) => [name, files[index].some(isThere)]),
  ) as unknown as SupportedLimits;
}

function v1File({ hierarchies }: CgroupLayout, path: string): boolean {
  const [controller, file] = path.split("/") as [string, string];
  const hierarchy = hierarchies.find(({ controllers }) => controllers.includes(controller));
  return hierarchy !== undefined && hasControllerFile(folder("v1", hierarchy.mountPoint), file);
}

/** The root of v2 has no limits itself; any cgroup right below it shows which there are. */
function v2Files({ hierarchies: [hierarchy] }: CgroupLayout): (file: string) => boolean {
  const { mountPoint } = hierarchy!;
  const controllers = Deno.readTextFileSync(`${mountPoint}/cgroup.controllers`).trim().split(" ");
  const samples = [...Deno.readDirSync(mountPoint)]
    .filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => folder("v2", `${mountPoint}/${name}`));
  return (path) => {
    const [controller, file] = path.split("/") as [string, string];
    if (!controllers.includes(controller)) return false;
    // Those that were not handed a controller say nothing of it.
    const telling = samples.filter((one) => hasControllerFile(one, SAMPLE[controller]!));
    return telling.length === 0 || telling.some((one) => hasControllerFile(one, file));
  };
}

/** A file that every cgroup of v2 has that has the controller. */
const SAMPLE: Readonly<Record<string, string>> = {
  memory: "memory.max",
  cpu: "cpu.weight",
  cpuset: "cpuset.cpus",
  pids: "pids.max",
  io: "io.stat",
  hugetlb: "cgroup.procs",
};

function folder(version: "v1" | "v2", path: string): ControllerFolder {
  return { version, path };
}
