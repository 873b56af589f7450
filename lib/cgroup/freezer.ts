/**
 * Keeping all processes of a cgroup from running (cgroups(7), "freezer").
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { cgroupLayout } from "./cgroup.ts";
import type { CgroupLayout } from "./layout.ts";

// How often the state is looked at; a process in the middle of a disk access takes its time.
const ATTEMPTS = 500;
const PAUSE_MILLISECONDS = 4;

/**
 * Stops all processes of a cgroup, or lets them run on.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param frozen Whether they are stopped.
 * @param layout The host's layout.
 * @throws {EngineError} `unavailable`: the host has no freezer; `system`: they do not stop.
 */
export async function setFrozen(
  path: string,
  frozen: boolean,
  layout: CgroupLayout = cgroupLayout(),
): Promise<void> {
  const file = freezerFile(path, layout);
  await Deno.writeTextFile(file.name, frozen ? file.on : file.off, { create: false });
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (file.isFrozen(await Deno.readTextFile(file.state)) === frozen) return;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
  }
  throw new EngineError(
    `Cannot ${frozen ? "freeze" : "thaw"} the cgroup "${path}": a process does not follow`,
    { kind: "system" },
  );
}

interface FreezerFile {
  name: string;
  on: string;
  off: string;
  state: string;
  isFrozen(text: string): boolean;
}

function freezerFile(path: string, layout: CgroupLayout): FreezerFile {
  const v2 = layout.version === "v2";
  const hierarchy = layout.hierarchies.find(({ controllers }) =>
    v2 || controllers.includes("freezer")
  );
  if (!hierarchy) {
    throw new EngineError(`Cannot freeze the cgroup "${path}": this host has no freezer`, {
      kind: "unavailable",
    });
  }
  const folder = `${hierarchy.mountPoint}${path}`;
  if (v2) {
    return {
      name: `${folder}/cgroup.freeze`,
      on: "1",
      off: "0",
      state: `${folder}/cgroup.events`,
      isFrozen: (text) => /^frozen 1$/m.test(text),
    };
  }
  const name = `${folder}/freezer.state`;
  return {
    name,
    on: "FROZEN",
    off: "THAWED",
    state: name,
    isFrozen: (text) => /^FROZEN/.test(text),
  };
}
