/**
 * What limits a container's use of the machine, as it is asked for: with Docker's notions, which
 * `inspect` shows and `update` changes.
 *
 * @module
 */

/** Limits that can be changed while a container runs; 0 and absence are no limit. */
export interface ResourceLimits {
  /** Memory, in bytes. */
  memory?: number;
  /** Memory and swap together, in bytes; -1 is unlimited. */
  memorySwap?: number;
  /** Memory that is left to it where memory is short, in bytes. */
  memoryReservation?: number;
  /** How willingly its memory is swapped out, from 0 to 100. */
  memorySwappiness?: number;
  /** Whether its processes wait for memory where they would be killed for want of it. */
  oomKillDisable?: boolean;
  /** Kernel memory, in bytes. */
  kernelMemory?: number;
  /** Memory of TCP's buffers, in bytes. */
  kernelMemoryTcp?: number;
  /** Weight beside other containers; 1024 is usual. */
  cpuShares?: number;
  /** Processors, in billionths. */
  nanoCpus?: number;
  /** The period of `cpuQuota`, in microseconds. */
  cpuPeriod?: number;
  /** Time on all processors together in each period, in microseconds; negative is unlimited. */
  cpuQuota?: number;
  /** The period of `cpuRealtimeRuntime`, in microseconds. */
  cpuRealtimePeriod?: number;
  /** Time of real-time processes in each of their periods, in microseconds. */
  cpuRealtimeRuntime?: number;
  /** Processors it may use: `0-2,7`. */
  cpusetCpus?: string;
  /** Memory nodes it may use: `0-2,7`. */
  cpusetMems?: string;
  /** Processes and threads; negative is unlimited. */
  pidsLimit?: number;
  /** Weight beside other containers at block devices, from 10 to 1000. */
  blkioWeight?: number;
  /** Weights at single block devices. */
  blkioWeightDevices?: DeviceWeight[];
  /** Bytes read a second. */
  deviceReadBps?: DeviceRate[];
  /** Bytes written a second. */
  deviceWriteBps?: DeviceRate[];
  /** Reads a second. */
  deviceReadIops?: DeviceRate[];
  /** Writes a second. */
  deviceWriteIops?: DeviceRate[];
  /** Bytes in huge pages, by their size. */
  hugepages?: HugepagesLimit[];
  /** Class of its network traffic for tc(8), `0xAAAABBBB`; cgroup v1 only. */
  networkClass?: number;
  /** Priorities of its network traffic by interface; cgroup v1 only. */
  networkPriorities?: NetworkPriority[];
}

/** Everything that limits a container. */
export interface ContainerLimits extends ResourceLimits {
  /** Devices of the host. */
  devices?: DeviceMapping[];
  /** Rules of devices, `TYPE MAJOR:MINOR ACCESS` each. */
  deviceRules?: string[];
  /** Limits of each of its processes. */
  ulimits?: Ulimit[];
  /** Size of `/dev/shm`, in bytes. */
  shmSize?: number;
  /** Kernel parameters of its namespaces. */
  sysctls?: Record<string, string>;
  /** The most that its own files may take, in bytes. */
  storageSize?: number;
  /** The cgroup that its own is made in, an absolute path below the root of each hierarchy. */
  cgroupParent?: string;
}

/** A weight at a block device. */
export interface DeviceWeight {
  /** The device's node. */
  path: string;
  /** From 10 to 1000. */
  weight: number;
}

/** A rate at a block device. */
export interface DeviceRate {
  /** The device's node. */
  path: string;
  /** Bytes or operations a second. */
  rate: number;
}

/** A limit of huge pages. */
export interface HugepagesLimit {
  /** The size of the pages, as the kernel writes it: `2MB`. */
  pageSize: string;
  /** Bytes. */
  limit: number;
}

/** The priority of traffic on an interface. */
export interface NetworkPriority {
  /** The interface. */
  name: string;
  /** The priority; 0 is usual. */
  priority: number;
}

/** A device of the host that a container may use. */
export interface DeviceMapping {
  /** Its node on the host, or a folder of nodes. */
  source: string;
  /** Where it is in the container. */
  target: string;
  /** Of `r` (read), `w` (write), `m` (make a node). */
  access: string;
}

/** A limit of a process (getrlimit(2)); -1 is unlimited. */
export interface Ulimit {
  /** Its name without `RLIMIT_`, in lower case: `nofile`. */
  name: string;
  /** What is enforced. */
  soft: number;
  /** The ceiling of `soft`. */
  hard: number;
}
