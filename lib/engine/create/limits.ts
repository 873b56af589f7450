/**
 * Checking limits of containers against each other and the host, with Docker's rules and words.
 *
 * @module
 */

import { type SupportedLimits, supportedLimits } from "../../cgroup/supported_limits.ts";
import type { ResourceLimits } from "../../container/record/limits.ts";
import { EngineError } from "../../errors.ts";
import { checkCpuset } from "./cpuset_limits.ts";

/** Memory and swap together where only memory is limited, as a multiple of it: Docker's. */
export const SWAP_FACTOR = 2;

/** Docker's minimum, which every command needs to start. */
const LEAST_MEMORY = 6 << 20;
// A millisecond, the least the kernel takes, in each 100 of them.
const LEAST_NANO_CPUS = 1e7;
const NANO_CPUS_PER_CPU = 1e9;
// The kernel's bounds, in microseconds (sched-bwc).
const SHORTEST_PERIOD = 1_000;
const LONGEST_PERIOD = 1_000_000;
const LEAST_QUOTA = 1_000;

/** How limits are checked. */
export interface LimitCheck {
  /** Whether they are changes to limits that there are, which need not be complete. */
  update?: boolean;
  /** Takes what the user should know. */
  onWarning?: ((text: string) => void) | undefined;
  /** What the host offers. */
  supported?: SupportedLimits;
}

/**
 * Checks limits; what the host does not offer is left out with a warning where Docker does so.
 *
 * @param limits The limits.
 * @param check How.
 * @returns Those that can be applied, completed as Docker does.
 * @throws {EngineError} `invalid`: they cannot be, or contradict each other.
 */
export function checkLimits<Limits extends ResourceLimits>(
  limits: Limits,
  check: LimitCheck = {},
): Limits {
  const supported = check.supported ?? supportedLimits();
  const kept = discard(limits, supported, check.onWarning ?? (() => {}));
  checkMemory(kept, check.update ?? false);
  checkCpu(kept, supported);
  checkCpuset(kept);
  if (kept.blkioWeight) {
    demand(
      kept.blkioWeight >= 10 && kept.blkioWeight <= 1000,
      "Range of blkio weight is from 10 to 1000",
    );
  }
  return kept;
}

/** What Docker leaves out where the host has no such limit, and what it says then. */
const DISCARDED: readonly [keyof ResourceLimits, keyof SupportedLimits, warning: string][] = [
  [
    "memory",
    "memory",
    "memory limit capabilities or the cgroup is not mounted. Limitation discarded.",
  ],
  [
    "memorySwappiness",
    "swappiness",
    "memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.",
  ],
  [
    "memoryReservation",
    "reservation",
    "memory soft limit capabilities or the cgroup is not mounted. Limitation discarded.",
  ],
  [
    "kernelMemory",
    "kernelMemory",
    "kernel memory limit capabilities or the cgroup is not mounted. Limitation discarded.",
  ],
  [
    "kernelMemoryTcp",
    "kernelMemoryTcp",
    "kernel memory TCP limit capabilities or the cgroup is not mounted. Limitation discarded.",
  ],
  ["oomKillDisable", "oomKillDisable", "OomKillDisable. OomKillDisable discarded."],
  [
    "pidsLimit",
    "pids",
    "PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.",
  ],
  ["cpuShares", "cpuShares", "CPU shares or the cgroup is not mounted. Shares discarded."],
  ["cpuPeriod", "cpuQuota", "CPU CFS scheduler. CPU period/quota discarded."],
  ["cpuQuota", "cpuQuota", "CPU CFS scheduler. CPU period/quota discarded."],
  ["cpusetCpus", "cpuset", "cpuset or the cgroup is not mounted. Cpuset discarded."],
  ["cpusetMems", "cpuset", "cpuset or the cgroup is not mounted. Cpuset discarded."],
  [
    "blkioWeight",
    "blkioWeight",
    "Block I/O weight or the cgroup is not mounted. Weight discarded.",
  ],
  [
    "blkioWeightDevices",
    "blkioWeightDevice",
    "Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.",
  ],
  [
    "deviceReadBps",
    "blkioThrottle",
    "BPS Block I/O read limit or the cgroup is not mounted. Block I/O BPS read limit discarded.",
  ],
  [
    "deviceWriteBps",
    "blkioThrottle",
    "BPS Block I/O write limit or the cgroup is not mounted. Block I/O BPS write limit discarded.",
  ],
  [
    "deviceReadIops",
    "blkioThrottle",
    "IOPS Block read limit or the cgroup is not mounted. Block I/O IOPS read limit discarded.",
  ],
  [
    "deviceWriteIops",
    "blkioThrottle",
    "IOPS Block write limit or the cgroup is not mounted. Block I/O IOPS write limit discarded.",
  ],
];

function discard<Limits extends ResourceLimits>(
  limits: Limits,
  supported: SupportedLimits,
  onWarning: (text: string) => void,
): Limits {
  const kept = { ...limits };
  const warnings = new Set<string>();
  for (const [name, limit, warning] of DISCARDED) {
    if (!isSet(kept[name]) || supported[limit]) continue;
    delete kept[name];
    warnings.add(`Your kernel does not support ${warning}`);
  }
  if (limits.memory && !kept.memory) delete kept.memorySwap;
  if (kept.memory && isSet(kept.memorySwap) && kept.memorySwap !== -1 && !supported.swap) {
    delete kept.memorySwap;
    warnings.add(
      "Your kernel does not support swap limit capabilities or the cgroup is not mounted. " +
        "Memory limited without swap.",
    );
  }
  if (kept.kernelMemory) {
    warnings.add(
      "Specifying a kernel memory limit is deprecated and will be removed in a future release.",
    );
  }
  if (kept.oomKillDisable && !kept.memory) {
    warnings.add(
      "OOM killer is disabled for the container, but no memory limit is set, this can result in " +
        "the system running out of resources.",
    );
  }
  for (const warning of warnings) onWarning(warning);
  return kept;
}

function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function checkMemory(limits: ResourceLimits, update: boolean): void {
  const { memory = 0, memoryReservation = 0, memorySwap = 0, memorySwappiness } = limits;
  const { kernelMemory = 0 } = limits;
  demand(memory === 0 || memory >= LEAST_MEMORY, "Minimum memory limit allowed is 6MB");
  demand(
    memory === 0 || memorySwap <= 0 || memorySwap >= memory,
    "Minimum memoryswap limit should be larger than memory limit, see usage",
  );
  demand(
    memory !== 0 || memorySwap <= 0 || update,
    "You should always set the Memory limit when using Memoryswap limit, see usage",
  );
  demand(
    memorySwappiness === undefined || (memorySwappiness >= 0 && memorySwappiness <= 100),
    `invalid value: ${memorySwappiness}. Valid memory swappiness range is 0-100`,
  );
  demand(
    memoryReservation === 0 || memoryReservation >= LEAST_MEMORY,
    "Minimum memory reservation allowed is 6MB",
  );
  demand(
    memory === 0 || memoryReservation === 0 || memory >= memoryReservation,
    "Minimum memory limit can not be less than memory reservation limit, see usage",
  );
  demand(
    kernelMemory === 0 || kernelMemory >= LEAST_MEMORY,
    "Minimum kernel memory limit allowed is 6MB",
  );
}

function checkCpu(limits: ResourceLimits, supported: SupportedLimits): void {
  const { cpuPeriod = 0, cpuQuota = 0, cpuShares = 0, nanoCpus = 0 } = limits;
  const { cpuRealtimePeriod = 0, cpuRealtimeRuntime = 0 } = limits;
  demand(
    nanoCpus <= 0 || cpuPeriod === 0,
    "Conflicting options: Nano CPUs and CPU Period cannot both be set",
  );
  demand(
    nanoCpus <= 0 || cpuQuota === 0,
    "Conflicting options: Nano CPUs and CPU Quota cannot both be set",
  );
  demand(
    nanoCpus <= 0 || supported.cpuQuota,
    "NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is " +
      "not mounted",
  );
  const cpus = navigator.hardwareConcurrency;
  demand(
    nanoCpus === 0 || nanoCpus >= LEAST_NANO_CPUS && nanoCpus <= cpus * NANO_CPUS_PER_CPU,
    `Range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`,
  );
  demand(cpuShares >= 0, "shares: invalid argument");
  demand(cpuShares === 0 || cpuShares >= 2, "the minimum allowed cpu-shares is 2");
  demand(cpuShares <= 262144, "the maximum allowed cpu-shares is 262144");
  demand(
    cpuPeriod === 0 || (cpuPeriod >= SHORTEST_PERIOD && cpuPeriod <= LONGEST_PERIOD),
    "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)",
  );
  demand(
    cpuQuota <= 0 || cpuQuota >= LEAST_QUOTA,
    "CPU cfs quota can not be less than 1ms (i.e. 1000)",
  );
  demand(
    (cpuRealtimePeriod === 0 && cpuRealtimeRuntime === 0) || supported.cpuRealtime,
    "Your kernel does not support CPU real-time scheduler",
  );
  demand(
    cpuRealtimePeriod === 0 || cpuRealtimeRuntime <= cpuRealtimePeriod,
    "cpu real-time runtime cannot be higher than cpu real-time period",
  );
}

function demand(isFulfilled: boolean, otherwise: string): void {
  if (isFulfilled) return;
  throw new EngineError(`Cannot limit the container: ${otherwise}`, { kind: "invalid" });
}
