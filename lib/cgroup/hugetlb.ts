/**
 * The controller of huge pages.
 *
 * @module
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html#hugetlb
 */

import { hasControllerFile, neededController, writeController } from "./controller.ts";
import type { CgroupLayout } from "./layout.ts";
import type { HugepageLimit } from "./resources.ts";

/**
 * Limits the huge pages of a cgroup.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param limits A limit for each size of pages.
 * @param layout The host's layout.
 * @throws {EngineError} `unavailable`: the host lacks the controller or the size; `system`: the
 * kernel refused.
 */
export function limitHugepages(
  path: string,
  limits: readonly HugepageLimit[],
  layout?: CgroupLayout,
): void {
  if (limits.length === 0) return;
  const folder = neededController(path, "hugetlb", layout);
  const ending = folder.version === "v2" ? "max" : "limit_in_bytes";
  for (const { limit, pageSize } of limits) {
    writeController(folder, `hugetlb.${pageSize}.${ending}`, limit);
    // Without it pages could be reserved that are then refused, which kills (Linux 5.7).
    const reserved = `hugetlb.${pageSize}.rsvd.${ending}`;
    if (hasControllerFile(folder, reserved)) writeController(folder, reserved, limit);
  }
}
