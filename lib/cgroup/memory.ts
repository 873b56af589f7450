/**
 * The memory controller.
 *
 * @module
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html#memory
 */

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
import type { MemoryLimits } from "./resources.ts";

/** What a cgroup's processes hold in memory. */
export interface MemoryStats {
  /** Bytes in use, less the page cache that the kernel would give up first, as Docker counts. */
  usage: number;
  /** The most it may use, in bytes; absent where nothing limits it. */
  limit: number | undefined;
}

/**
 * Reads how much memory a cgroup uses.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param layout The host's layout.
 * @returns What it uses; nothing where the host has no memory controller.
 */
export function memoryStats(path: string, layout?: CgroupLayout): MemoryStats | undefined {
  const folder = controllerFolder(path, "memory", layout);
  if (folder === undefined) return undefined;
  const v2 = folder.version === "v2";
  const used = Number(readController(folder, v2 ? "memory.current" : "memory.usage_in_bytes"));
  const cache = numberNamed(
    readController(folder, "memory.stat"),
    v2 ? "inactive_file" : "total_inactive_file",
  );
  return {
    usage: cache < used ? used - cache : used,
    limit: parseLimit(readController(folder, v2 ? "memory.max" : "memory.limit_in_bytes")),
  };
}

/**
 * Reads how much memory a cgroup uses, with all that the kernel would give up first.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param layout The host's layout.
 * @returns Bytes; 0 where the host has no memory controller.
 */
export function memoryInUse(path: string, layout?: CgroupLayout): number {
  const folder = controllerFolder(path, "memory", layout);
  if (folder === undefined) return 0;
  const file = folder.version === "v2" ? "memory.current" : "memory.usage_in_bytes";
  return Number(readController(folder, file));
}

/** v2 says `max`; v1 says the largest number of whole pages that a signed 64-bit number holds. */
function parseLimit(text: string): number | undefined {
  const limit = Number(text.trim() || "max");
  return Number.isSafeInteger(limit) ? limit : undefined;
}

/**
 * Limits the memory of a cgroup.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param limits The limits.
 * @param layout The host's layout.
 * @throws {EngineError} `unavailable`: the host lacks something; `system`: the kernel refused, on v1
 * with `EBUSY` where more is in use than there may be.
 */
export function limitMemory(path: string, limits: MemoryLimits, layout?: CgroupLayout): void {
  const folder = neededController(path, "memory", layout);
  if (folder.version === "v2") limitV2(folder, limits);
  else limitV1(folder, limits);
}

function limitV2(folder: ControllerFolder, { limit = 0, reservation = 0, swap = 0 }: MemoryLimits) {
  const max = (value: number) => value < 0 ? "max" : value;
  // v2 counts swap apart from memory. As in runc, unlimited memory makes swap unlimited too.
  const swapOnly = swap > 0 ? swap - limit : swap || (limit < 0 ? -1 : undefined);
  if (swapOnly !== undefined && hasSwapAccounting(folder)) {
    writeController(folder, "memory.swap.max", max(swapOnly));
  }
  if (limit !== 0) writeController(folder, "memory.max", max(limit));
  if (reservation !== 0) writeController(folder, "memory.low", max(reservation));
}

function limitV1(folder: ControllerFolder, limits: MemoryLimits): void {
  const { disableOOMKiller, kernel, kernelTCP, reservation, swappiness } = limits;
  limitWithSwapV1(folder, limits);
  const set = (file: string, value: number | undefined) => {
    if (value !== undefined && value !== 0) writeController(folder, file, value);
  };
  set("memory.soft_limit_in_bytes", reservation);
  if (hasControllerFile(folder, KERNEL_MEMORY)) set(KERNEL_MEMORY, kernel);
  set("memory.kmem.tcp.limit_in_bytes", kernelTCP);
  if (disableOOMKiller) writeController(folder, "memory.oom_control", 1);
  if (swappiness !== undefined) writeController(folder, "memory.swappiness", swappiness);
}

const KERNEL_MEMORY = "memory.kmem.limit_in_bytes";
const V1_LIMIT = "memory.limit_in_bytes";
const V1_SWAP_LIMIT = "memory.memsw.limit_in_bytes";

/** Memory and swap together must never be less than memory, not even between two writes. */
function limitWithSwapV1(folder: ControllerFolder, { limit = 0, swap = 0 }: MemoryLimits): void {
  const withSwap = hasSwapAccounting(folder) ? swap || (limit < 0 ? -1 : 0) : 0;
  const writeLimit = () => limit !== 0 && writeController(folder, V1_LIMIT, limit);
  const writeSwap = () => withSwap !== 0 && writeController(folder, V1_SWAP_LIMIT, withSwap);
  const grows = withSwap < 0 || Number(readController(folder, V1_LIMIT)) < withSwap;
  for (const write of grows ? [writeSwap, writeLimit] : [writeLimit, writeSwap]) write();
}

/** A kernel without it does not limit swap, of which whoever asked for a limit has been warned. */
function hasSwapAccounting(folder: ControllerFolder): boolean {
  return hasControllerFile(folder, folder.version === "v2" ? "memory.swap.max" : V1_SWAP_LIMIT);
}

/**
 * Tells how often the kernel has killed a process of a cgroup for want of memory.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param layout The host's layout.
 * @returns How often, as far as there is a memory controller to know.
 */
export function oomKills(path: string, layout?: CgroupLayout): number {
  const folder = controllerFolder(path, "memory", layout);
  if (folder === undefined) return 0;
  const file = folder.version === "v2" ? "memory.events" : "memory.oom_control";
  return numberNamed(readController(folder, file), "oom_kill");
}
