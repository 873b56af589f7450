/**
 * From limits as they are asked for to `linux.resources` of the OCI configuration.
 *
 * @module
 */

import type {
  BlockIoLimits,
  CgroupResources,
  CpuLimits,
  DeviceRule,
  MemoryLimits,
  NetworkMarks,
  ThrottledDevice,
} from "../../cgroup/mod.ts";
import { blockDevice } from "./host_devices.ts";
import type { ContainerLimits, DeviceRate } from "../record/limits.ts";
import { OWN_DEVICES_ONLY } from "./limited_spec.ts";

/** The period of a limit in processors, in microseconds, as Docker's. */
const CPUS_PERIOD = 100_000;
const NANO = 1e9;

/** What a part of the configuration is before what is not set has been left out. */
type Draft<T> = { [Key in keyof T]: T[Key] | undefined };

/**
 * Writes limits as the OCI configuration has them.
 *
 * @param limits The limits.
 * @param deviceRules What may be done with devices of the host, besides the limits' own rules.
 * @returns `linux.resources`.
 * @throws {EngineError} `invalid`: a block device is not there.
 */
export function cgroupResources(
  limits: ContainerLimits,
  deviceRules: readonly DeviceRule[] = [],
): CgroupResources {
  const { hugepages = [], pidsLimit = 0 } = limits;
  const rules = limits.deviceRules ?? [];
  return withoutUndefined<CgroupResources>({
    devices: [...OWN_DEVICES_ONLY, ...deviceRules, ...rules.map(parseDeviceRule)],
    memory: part<MemoryLimits>(memoryLimits(limits)),
    cpu: part<CpuLimits>(cpuLimits(limits)),
    pids: pidsLimit === 0 ? undefined : { limit: Math.max(pidsLimit, -1) },
    blockIO: part<BlockIoLimits>(blockIoLimits(limits)),
    hugepageLimits: hugepages.length > 0 ? hugepages : undefined,
    network: part<NetworkMarks>({
      classID: limits.networkClass,
      priorities: limits.networkPriorities?.length ? limits.networkPriorities : undefined,
    }),
  });
}

/** A part of which nothing is set is left out. */
function part<T extends object>(draft: Draft<T>): T | undefined {
  const value = withoutUndefined<T>(draft);
  return Object.keys(value).length > 0 ? value : undefined;
}

function withoutUndefined<T extends object>(draft: Draft<T>): T {
  return Object.fromEntries(
    Object.entries(draft).filter(([, value]) => value !== undefined),
  ) as T;
}

/** 0 and an empty text say nothing. */
function set<T extends number | string>(value: T | undefined): T | undefined {
  return value === 0 || value === "" ? undefined : value;
}

function memoryLimits(limits: ContainerLimits): Draft<MemoryLimits> {
  return {
    limit: set(limits.memory),
    reservation: set(limits.memoryReservation),
    swap: set(limits.memorySwap),
    kernel: set(limits.kernelMemory),
    kernelTCP: set(limits.kernelMemoryTcp),
    swappiness: limits.memorySwappiness,
    disableOOMKiller: limits.oomKillDisable || undefined,
  };
}

function cpuLimits(limits: ContainerLimits): Draft<CpuLimits> {
  const { nanoCpus = 0 } = limits;
  const quota = nanoCpus === 0 ? limits.cpuQuota : Math.trunc(nanoCpus * CPUS_PERIOD / NANO);
  return {
    shares: set(limits.cpuShares),
    quota: set(quota),
    period: nanoCpus === 0 ? set(limits.cpuPeriod) : CPUS_PERIOD,
    realtimeRuntime: set(limits.cpuRealtimeRuntime),
    realtimePeriod: set(limits.cpuRealtimePeriod),
    cpus: set(limits.cpusetCpus),
    mems: set(limits.cpusetMems),
  };
}

function blockIoLimits(limits: ContainerLimits): Draft<BlockIoLimits> {
  const { blkioWeightDevices = [] } = limits;
  const weights = blkioWeightDevices.map(({ path, weight }) => ({ ...blockDevice(path), weight }));
  return {
    weight: set(limits.blkioWeight),
    weightDevice: weights.length > 0 ? weights : undefined,
    throttleReadBpsDevice: throttled(limits.deviceReadBps),
    throttleWriteBpsDevice: throttled(limits.deviceWriteBps),
    throttleReadIOPSDevice: throttled(limits.deviceReadIops),
    throttleWriteIOPSDevice: throttled(limits.deviceWriteIops),
  };
}

function throttled(devices: readonly DeviceRate[] = []): ThrottledDevice[] | undefined {
  if (devices.length === 0) return undefined;
  return devices.map(({ path, rate }) => ({ ...blockDevice(path), rate }));
}

/**
 * Reads a rule of devices.
 *
 * @param text `TYPE MAJOR:MINOR ACCESS`, the numbers perhaps `*`.
 * @returns The rule, which allows.
 */
export function parseDeviceRule(text: string): DeviceRule {
  const [type, numbers = "", access] = text.split(" ");
  const [major, minor] = numbers.split(":").map((part) => part === "*" ? undefined : Number(part));
  return withoutUndefined<DeviceRule>({
    allow: true,
    type: type as "a" | "b" | "c",
    major,
    minor,
    access,
  });
}
