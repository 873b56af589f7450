/**
 * The controller of block devices: `blkio` on v1, `io` on v2.
 *
 * @module
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html#io
 */

import { type ControllerFolder, controllerFolder, readController } from "./controller.ts";
import type { CgroupLayout } from "./layout.ts";

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
