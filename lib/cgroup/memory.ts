/**
 * The memory controller.
 *
 * @module
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html#memory
 */

import { controllerFolder, numberNamed, readController } from "./controller.ts";
import type { CgroupLayout } from "./layout.ts";

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

/** v2 says `max`; v1 says the largest number of whole pages that a signed 64-bit number holds. */
function parseLimit(text: string): number | undefined {
  const limit = Number(text.trim() || "max");
  return Number.isSafeInteger(limit) ? limit : undefined;
}
