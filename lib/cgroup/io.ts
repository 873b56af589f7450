/**
 * The controller of block devices: `blkio` on v1, `io` on v2.
 *
 * @module
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html#io
 */

import {
  type ControllerFolder,
  controllerFolder,
  hasControllerFile,
  neededController,
  readController,
  writeController,
} from "./controller.ts";
import type { CgroupLayout } from "./layout.ts";
import type { BlockDevice, BlockIoLimits, ThrottledDevice } from "./resources.ts";

/** What a cgroup's processes have moved to and from block devices. */
export interface IoStats {
  /** Bytes read from all devices. */
  readBytes: number;
  /** Bytes written to all devices. */
  writtenBytes: number;
}

/** Best first: the former need a kernel with BFQ or CFQ, the last counts no nested cgroups. */
const V1_FILES = [
  "blkio.io_service_bytes_recursive",
  "blkio.bfq.io_service_bytes_recursive",
  "blkio.throttle.io_service_bytes_recursive",
  "blkio.throttle.io_service_bytes",
];

/**
 * Reads how much a cgroup's processes have read and written.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param layout The host's layout.
 * @returns How much; nothing where the host has no such controller.
 */
export function ioStats(path: string, layout?: CgroupLayout): IoStats | undefined {
  const folder = controllerFolder(path, "blkio", layout);
  if (folder === undefined) return undefined;
  if (folder.version === "v1") {
    const text = firstWithDevices(folder);
    return { readBytes: sum(text, / Read (\d+)$/gm), writtenBytes: sum(text, / Write (\d+)$/gm) };
  }
  const text = readController(folder, "io.stat");
  return { readBytes: sum(text, / rbytes=(\d+)/g), writtenBytes: sum(text, / wbytes=(\d+)/g) };
}

/** A file without any device has only its line of totals. */
function firstWithDevices(folder: ControllerFolder): string {
  for (const file of V1_FILES) {
    const text = readController(folder, file);
    if (/^\d+:\d+ /m.test(text)) return text;
  }
  return "";
}

function sum(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((total, [, number]) => total + Number(number), 0);
}

/**
 * Limits what a cgroup moves to and from block devices.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param limits The limits.
 * @param layout The host's layout.
 * @throws {EngineError} `unavailable`: the host lacks something; `system`: the kernel refused.
 */
export function limitBlockIo(path: string, limits: BlockIoLimits, layout?: CgroupLayout): void {
  const folder = neededController(path, "blkio", layout);
  weigh(folder, limits);
  const { throttleReadBpsDevice, throttleReadIOPSDevice } = limits;
  const { throttleWriteBpsDevice, throttleWriteIOPSDevice } = limits;
  throttle(folder, "blkio.throttle.read_bps_device", "rbps", throttleReadBpsDevice);
  throttle(folder, "blkio.throttle.write_bps_device", "wbps", throttleWriteBpsDevice);
  throttle(folder, "blkio.throttle.read_iops_device", "riops", throttleReadIOPSDevice);
  throttle(folder, "blkio.throttle.write_iops_device", "wiops", throttleWriteIOPSDevice);
}

function weigh(folder: ControllerFolder, { weight = 0, weightDevice = [] }: BlockIoLimits): void {
  if (weight === 0 && weightDevice.length === 0) return;
  const v2 = folder.version === "v2";
  // BFQ's own file where that scheduler is used, else the one of whatever comes in its place.
  const bfq = v2 ? "io.bfq.weight" : "blkio.bfq.weight";
  const isBfq = hasControllerFile(folder, bfq);
  const file = isBfq ? bfq : v2 ? "io.weight" : "blkio.weight";
  const scaled = (value: number) => v2 && !isBfq ? ioWeight(value) : value;
  if (weight !== 0) writeController(folder, file, scaled(weight));
  const deviceFile = v2 || isBfq ? file : "blkio.weight_device";
  for (const device of weightDevice) {
    writeController(folder, deviceFile, `${number(device)} ${scaled(device.weight)}`);
  }
}

/**
 * Converts a weight of v1 to one of v2, as runc does.
 *
 * @param weight From 10 to 1000.
 * @returns The weight, from 1 to 10000.
 */
export function ioWeight(weight: number): number {
  return 1 + Math.trunc((weight - 10) * 9999 / 990);
}

function throttle(
  folder: ControllerFolder,
  v1File: string,
  v2Key: string,
  devices: readonly ThrottledDevice[] = [],
): void {
  for (const device of devices) {
    if (folder.version === "v1") {
      writeController(folder, v1File, `${number(device)} ${device.rate}`);
    } else {
      writeController(folder, "io.max", `${number(device)} ${v2Key}=${device.rate || "max"}`);
    }
  }
}

function number({ major, minor }: BlockDevice): string {
  return `${major}:${minor}`;
}
