/**
 * Limits of containers in Docker's `inspect`.
 *
 * @module
 */

import type { ContainerLimits, DeviceRate } from "../../container/record/limits.ts";
import type { Fields } from "../instance/optional_fields.ts";

/** Docker's default size of /dev/shm, in bytes. */
const SHM_SIZE = 64 << 20;

/**
 * Describes what limits a container's use of the machine.
 *
 * @param limits The limits; none where absent.
 * @returns Docker's fields of `HostConfig`.
 */
export function inspectLimits(limits: ContainerLimits = {}): Fields {
  return {
    ShmSize: limits.shmSize ?? SHM_SIZE,
    CpuShares: limits.cpuShares ?? 0,
    Memory: limits.memory ?? 0,
    NanoCpus: limits.nanoCpus ?? 0,
    CgroupParent: limits.cgroupParent ?? "",
    BlkioWeight: limits.blkioWeight ?? 0,
    BlkioWeightDevice: (limits.blkioWeightDevices ?? [])
      .map(({ path, weight }) => ({ Path: path, Weight: weight })),
    BlkioDeviceReadBps: rates(limits.deviceReadBps),
    BlkioDeviceWriteBps: rates(limits.deviceWriteBps),
    BlkioDeviceReadIOps: rates(limits.deviceReadIops),
    BlkioDeviceWriteIOps: rates(limits.deviceWriteIops),
    CpuPeriod: limits.cpuPeriod ?? 0,
    CpuQuota: limits.cpuQuota ?? 0,
    CpuRealtimePeriod: limits.cpuRealtimePeriod ?? 0,
    CpuRealtimeRuntime: limits.cpuRealtimeRuntime ?? 0,
    CpusetCpus: limits.cpusetCpus ?? "",
    CpusetMems: limits.cpusetMems ?? "",
    Devices: (limits.devices ?? []).map(({ access, source, target }) => ({
      PathOnHost: source,
      PathInContainer: target,
      CgroupPermissions: access,
    })),
    DeviceCgroupRules: limits.deviceRules ?? null,
    DeviceRequests: null,
    KernelMemory: limits.kernelMemory ?? 0,
    KernelMemoryTCP: limits.kernelMemoryTcp ?? 0,
    MemoryReservation: limits.memoryReservation ?? 0,
    MemorySwap: limits.memorySwap ?? 0,
    MemorySwappiness: limits.memorySwappiness ?? null,
    OomKillDisable: limits.oomKillDisable ?? false,
    // As in Docker, no limit is none whatever it was asked for with.
    PidsLimit: limits.pidsLimit && limits.pidsLimit > 0 ? limits.pidsLimit : null,
    Ulimits: (limits.ulimits ?? [])
      .map(({ hard, name, soft }) => ({ Name: name, Hard: hard, Soft: soft })),
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
  };
}

/**
 * Describes those limits that Docker leaves out of `HostConfig` where there are none.
 *
 * @param limits The limits; none where absent.
 * @returns Docker's fields.
 */
export function inspectOptionalLimits(limits: ContainerLimits = {}): Fields {
  const { storageSize, sysctls = null } = limits;
  return {
    StorageOpt: storageSize === undefined ? null : { size: String(storageSize) },
    Sysctls: sysctls,
  };
}

function rates(devices: readonly DeviceRate[] = []): Fields[] {
  return devices.map(({ path, rate }) => ({ Path: path, Rate: rate }));
}
