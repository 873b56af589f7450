/**
 * The options that limit containers.
 *
 * @module
 */

import type { ContainerLimits, ResourceLimits } from "../../engine/mod.ts";
import type { OptionDeclaration, OptionValues } from "../command_line/mod.ts";
import {
  readCpus,
  readDevice,
  readDeviceRate,
  readDeviceRule,
  readDeviceWeight,
  readEach,
  readHugepages,
  readNetworkClass,
  readNetworkPriority,
  readOption,
  readStorageSize,
  readSwap,
  readSysctl,
  readUlimit,
} from "./_limit_values.ts";

/** Limits that `update` can change. */
export const RESOURCE_OPTIONS = [
  {
    name: "blkio-weight",
    type: "int",
    word: "uint16",
    summary: "Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)",
  },
  {
    name: "blkio-weight-device",
    type: "list",
    summary: "Block IO weight (relative device weight)",
  },
  { name: "cpu-cfs-period", type: "int", summary: "The same as --cpu-period", hidden: true },
  { name: "cpu-cfs-quota", type: "int", summary: "The same as --cpu-quota", hidden: true },
  {
    name: "cpu-period",
    type: "int",
    summary: "Limit CPU CFS (Completely Fair Scheduler) period, in microseconds",
  },
  {
    name: "cpu-quota",
    type: "int",
    summary: "Limit CPU CFS (Completely Fair Scheduler) quota, in microseconds",
  },
  { name: "cpu-rt-period", type: "int", summary: "Limit CPU real-time period in microseconds" },
  { name: "cpu-rt-runtime", type: "int", summary: "Limit CPU real-time runtime in microseconds" },
  { name: "cpu-shares", short: "c", type: "int", summary: "CPU shares (relative weight)" },
  { name: "cpus", type: "string", word: "decimal", summary: "Number of CPUs" },
  {
    name: "cpuset-cpus",
    type: "string",
    summary: "CPUs in which to allow execution (0-3, 0,1)",
  },
  {
    name: "cpuset-mems",
    type: "string",
    summary: "MEMs in which to allow execution (0-3, 0,1)",
  },
  {
    name: "device-read-bps",
    type: "list",
    summary: "Limit read rate (bytes per second) from a device",
  },
  {
    name: "device-read-iops",
    type: "list",
    summary: "Limit read rate (IO per second) from a device",
  },
  {
    name: "device-write-bps",
    type: "list",
    summary: "Limit write rate (bytes per second) to a device",
  },
  {
    name: "device-write-iops",
    type: "list",
    summary: "Limit write rate (IO per second) to a device",
  },
  {
    name: "hugepages-limit",
    type: "list",
    summary: "Limit huge pages (format: <page size>:<bytes>, such as 2MB:64m)",
  },
  { name: "kernel-memory", type: "bytes", summary: "Kernel memory limit (deprecated)" },
  { name: "kernel-memory-tcp", type: "bytes", summary: "Kernel memory limit of TCP buffers" },
  { name: "mem", type: "bytes", summary: "The same as --memory", hidden: true },
  { name: "memory", short: "m", type: "bytes", summary: "Memory limit" },
  { name: "memory-limit", type: "bytes", summary: "The same as --memory", hidden: true },
  { name: "memory-reservation", type: "bytes", summary: "Memory soft limit" },
  {
    name: "memory-soft-limit",
    type: "bytes",
    summary: "The same as --memory-reservation",
    hidden: true,
  },
  {
    name: "memory-swap",
    type: "string",
    word: "bytes",
    summary: "Swap limit equal to memory plus swap: '-1' to enable unlimited swap",
  },
  {
    name: "memory-swap-limit",
    type: "string",
    word: "bytes",
    summary: "The same as --memory-swap",
    hidden: true,
  },
  {
    name: "memory-swappiness",
    type: "int",
    summary: "Tune container memory swappiness (0 to 100)",
  },
  {
    name: "net-cls-classid",
    type: "string",
    word: "class",
    summary: "Class of network traffic for tc(8), such as 10:1 or 0x100001 (cgroup v1)",
  },
  {
    name: "net-prio",
    type: "list",
    summary: "Priority of network traffic (format: <interface>:<priority>, cgroup v1)",
  },
  { name: "pids", type: "int", summary: "The same as --pids-limit", hidden: true },
  {
    name: "pids-limit",
    type: "int",
    summary: "Tune container pids limit (set -1 for unlimited)",
  },
  { name: "pids-max", type: "int", summary: "The same as --pids-limit", hidden: true },
] as const satisfies readonly OptionDeclaration[];

/** All limits of a new container. */
export const LIMIT_OPTIONS = [
  ...RESOURCE_OPTIONS,
  { name: "cgroup-parent", type: "string", summary: "Optional parent cgroup for the container" },
  {
    name: "device",
    type: "list",
    summary: "Add a host device to the container (format: <host>[:<container>][:rwm])",
  },
  {
    name: "device-cgroup-rule",
    type: "list",
    summary: "Add a rule to the cgroup allowed devices list",
  },
  { name: "oom-kill-disable", type: "bool", summary: "Disable OOM Killer" },
  { name: "shm-size", type: "bytes", summary: "Size of /dev/shm" },
  {
    name: "storage-opt",
    type: "list",
    summary: "Storage driver options for the container (size=BYTES)",
  },
  { name: "sysctl", type: "list", summary: "Sysctl options" },
  {
    name: "ulimit",
    type: "list",
    summary: "Ulimit options (format: <type>=<soft>[:<hard>])",
  },
] as const satisfies readonly OptionDeclaration[];

/** The values of {@linkcode RESOURCE_OPTIONS}. */
export type ResourceOptionValues = OptionValues<typeof RESOURCE_OPTIONS>;

/** The values of {@linkcode LIMIT_OPTIONS}. */
export type LimitOptionValues = OptionValues<typeof LIMIT_OPTIONS>;

/**
 * Reads limits that can be changed while a container runs.
 *
 * @param options The options.
 * @returns The limits that were given; an empty object where none was.
 * @throws {UsageError} A value is none of its option.
 */
export function resourceLimits(options: ResourceOptionValues): ResourceLimits {
  const swap = options.memorySwap ?? options.memorySwapLimit;
  return given<ResourceLimits>({
    memory: options.memory ?? options.mem ?? options.memoryLimit,
    memorySwap: swap === undefined ? undefined : readOption("--memory-swap", swap, readSwap),
    memoryReservation: options.memoryReservation ?? options.memorySoftLimit,
    // As in Docker, -1 says nothing.
    memorySwappiness: options.memorySwappiness === -1 ? undefined : options.memorySwappiness,
    kernelMemory: options.kernelMemory,
    kernelMemoryTcp: options.kernelMemoryTcp,
    cpuShares: options.cpuShares,
    nanoCpus: options.cpus === undefined ? undefined : readOption("--cpus", options.cpus, readCpus),
    cpuPeriod: options.cpuPeriod ?? options.cpuCfsPeriod,
    cpuQuota: options.cpuQuota ?? options.cpuCfsQuota,
    cpuRealtimePeriod: options.cpuRtPeriod,
    cpuRealtimeRuntime: options.cpuRtRuntime,
    cpusetCpus: options.cpusetCpus,
    cpusetMems: options.cpusetMems,
    pidsLimit: options.pidsLimit ?? options.pids ?? options.pidsMax,
    blkioWeight: options.blkioWeight,
    blkioWeightDevices: readEach(
      "--blkio-weight-device",
      options.blkioWeightDevice,
      readDeviceWeight,
    ),
    deviceReadBps: readEach("--device-read-bps", options.deviceReadBps, bytesRate),
    deviceWriteBps: readEach("--device-write-bps", options.deviceWriteBps, bytesRate),
    deviceReadIops: readEach("--device-read-iops", options.deviceReadIops, operationsRate),
    deviceWriteIops: readEach("--device-write-iops", options.deviceWriteIops, operationsRate),
    hugepages: readEach("--hugepages-limit", options.hugepagesLimit, readHugepages),
    networkClass: options.netClsClassid === undefined
      ? undefined
      : readOption("--net-cls-classid", options.netClsClassid, readNetworkClass),
    networkPriorities: readEach("--net-prio", options.netPrio, readNetworkPriority),
  });
}

const bytesRate = (text: string) => readDeviceRate(text, true);
const operationsRate = (text: string) => readDeviceRate(text, false);

/**
 * Reads the limits of a new container.
 *
 * @param options The options.
 * @returns The limits; nothing where none was given.
 * @throws {UsageError} A value is none of its option.
 * @throws {EngineError} `invalid`: a value cannot be.
 */
export function containerLimits(options: LimitOptionValues): ContainerLimits | undefined {
  const sysctls = readEach("--sysctl", options.sysctl, readSysctl);
  const limits = given<ContainerLimits>({
    ...resourceLimits(options),
    oomKillDisable: options.oomKillDisable || undefined,
    devices: options.device.length > 0 ? options.device.map(readDevice) : undefined,
    deviceRules: readEach("--device-cgroup-rule", options.deviceCgroupRule, readDeviceRule),
    ulimits: readEach("--ulimit", options.ulimit, readUlimit),
    // 0 is the usual size.
    shmSize: options.shmSize || undefined,
    sysctls: sysctls && Object.fromEntries(sysctls),
    storageSize: readStorageSize(options.storageOpt),
    cgroupParent: options.cgroupParent || undefined,
  });
  return Object.keys(limits).length > 0 ? limits : undefined;
}

/** Leaves out what was not given. */
function given<T extends object>(values: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as T;
}
