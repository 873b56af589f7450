/**
 * The controllers that mark network traffic: `net_cls` for tc(8), `net_prio` for priorities. Only
 * cgroup v1 has them.
 *
 * @module
 * @see https://docs.kernel.org/admin-guide/cgroup-v1/net_cls.html
 */

import { EngineError } from "../errors.ts";
import { type ControllerFolder, neededController, writeController } from "./controller.ts";
import type { CgroupLayout } from "./layout.ts";
import type { NetworkMarks } from "./resources.ts";

/**
 * Marks the network traffic of a cgroup.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param marks The marks.
 * @param layout The host's layout.
 * @throws {EngineError} `unavailable`: the host has no such controller; `system`: the kernel refused,
 * because there is no such interface, say.
 */
export function markNetwork(
  path: string,
  { classID, priorities = [] }: NetworkMarks,
  layout?: CgroupLayout,
): void {
  if (classID !== undefined) {
    writeController(v1Controller(path, "net_cls", layout), "net_cls.classid", classID);
  }
  for (const { name, priority } of priorities) {
    const folder = v1Controller(path, "net_prio", layout);
    writeController(folder, "net_prio.ifpriomap", `${name} ${priority}`);
  }
}

function v1Controller(path: string, name: string, layout?: CgroupLayout): ControllerFolder {
  const folder = neededController(path, name, layout);
  if (folder.version === "v1") return folder;
  throw new EngineError(
    `Cannot mark the network traffic of the cgroup "${path}": cgroup v2 has no controller ` +
      `"${name}"`,
    { kind: "unavailable" },
  );
}
