/**
 * What limits a cgroup's processes, in the words of the OCI runtime-spec: the seam between those who
 * know containers and those who know cgroups.
 *
 * @module
 * @see https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#control-groups
 */

/** `linux.resources` of the runtime-spec; what is absent is not limited. */
export interface CgroupResources {
  /** Which devices may be used; the last rule that fits decides. */
  devices?: DeviceRule[];
  /** Limits of memory. */
  memory?: MemoryLimits;
  /** Limits of processors. */
  cpu?: CpuLimits;
  /** Limits of processes and threads. */
  pids?: PidsLimits;
  /** Limits of block devices. */
  blockIO?: BlockIoLimits;
  /** Limits of huge pages. */
  hugepageLimits?: HugepageLimit[];
  /** Marks of network traffic. */
  network?: NetworkMarks;
}

/** A rule of the device controller. */
export interface DeviceRule {
  /** Whether it allows or forbids. */
  allow: boolean;
  /** Character or block devices; both where absent, or `a`. */
  type?: "a" | "c" | "b";
  /** Major number; any where absent. */
  major?: number;
  /** Minor number; any where absent. */
  minor?: number;
  /** Of `r` (read), `w` (write), `m` (make a node); all where absent. */
  access?: string;
}

/**
 * Tells whether a rule is about everything that can be wanted of any device.
 *
 * @param rule The rule.
 * @returns Whether it is.
 */
export function isForAll({ access = "rwm", major, minor, type = "a" }: DeviceRule): boolean {
  return type === "a" && major === undefined && minor === undefined && access.length === 3;
}

/** Limits of memory, in bytes; -1 is unlimited. */
export interface MemoryLimits {
  /** The most there may be in use. */
  limit?: number;
  /** What is kept to where memory is short. */
  reservation?: number;
  /** Memory and swap together. */
  swap?: number;
  /** Kernel memory; kernels since 5.16 ignore it. */
  kernel?: number;
  /** Buffers of TCP. */
  kernelTCP?: number;
  /** How willingly memory is swapped out, from 0 to 100. */
  swappiness?: number;
  /** Whether processes wait for memory where they would be killed for want of it. */
  disableOOMKiller?: boolean;
}

/** Limits of processors. */
export interface CpuLimits {
  /** Weight beside other cgroups, from 2 to 262144; 1024 is usual. */
  shares?: number;
  /** Time in each period, in microseconds on all processors together; -1 is unlimited. */
  quota?: number;
  /** The period, in microseconds. */
  period?: number;
  /** Time of real-time processes in each of their periods, in microseconds. */
  realtimeRuntime?: number;
  /** The period of real-time processes, in microseconds. */
  realtimePeriod?: number;
  /** Processors that may be used: `0-2,7`. */
  cpus?: string;
  /** Memory nodes that may be used: `0-2,7`. */
  mems?: string;
}

/** Limits of processes and threads. */
export interface PidsLimits {
  /** How many there may be; -1 is unlimited. */
  limit: number;
}

/** A block device. */
export interface BlockDevice {
  /** Major number. */
  major: number;
  /** Minor number. */
  minor: number;
}

/** A weight for one block device. */
export interface WeightedDevice extends BlockDevice {
  /** From 10 to 1000. */
  weight: number;
}

/** A rate for one block device. */
export interface ThrottledDevice extends BlockDevice {
  /** Bytes or operations a second. */
  rate: number;
}

/** Limits of block devices. */
export interface BlockIoLimits {
  /** Weight beside other cgroups, from 10 to 1000. */
  weight?: number;
  /** Weights for single devices. */
  weightDevice?: WeightedDevice[];
  /** Bytes read a second. */
  throttleReadBpsDevice?: ThrottledDevice[];
  /** Bytes written a second. */
  throttleWriteBpsDevice?: ThrottledDevice[];
  /** Reads a second. */
  throttleReadIOPSDevice?: ThrottledDevice[];
  /** Writes a second. */
  throttleWriteIOPSDevice?: ThrottledDevice[];
}

/** A limit of huge pages. */
export interface HugepageLimit {
  /** The size of the pages, as the kernel writes it: `2MB`, `1GB`. */
  pageSize: string;
  /** Bytes in pages of that size. */
  limit: number;
}

/** Marks of network traffic; only cgroup v1 has them. */
export interface NetworkMarks {
  /** The class for tc(8), `0xAAAABBBB` for class `AAAA:BBBB`. */
  classID?: number;
  /** Priorities by interface. */
  priorities?: { name: string; priority: number }[];
}
