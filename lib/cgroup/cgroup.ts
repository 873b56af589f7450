/**
 * Cgroups of containers: one folder of the same path in every hierarchy.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { isGone } from "../gone.ts";
import { ifPresent } from "../if_present.ts";
import { type CgroupLayout, type Hierarchy, parseCgroupLayout } from "./layout.ts";

const DESTROY_ATTEMPTS = 200;
const DESTROY_PAUSE_MILLISECONDS = 5;

let detected: CgroupLayout | undefined;

/**
 * Finds the host's cgroup layout, once a process.
 *
 * @returns The layout.
 */
export function cgroupLayout(): CgroupLayout {
  return detected ??= parseCgroupLayout(Deno.readTextFileSync("/proc/self/mountinfo"));
}

/** A cgroup, in all of the host's hierarchies. */
export class Cgroup {
  /** Relative to the root of each hierarchy, with a slash in front. */
  readonly path: string;
  readonly #layout: CgroupLayout;

  /**
   * Refers to a cgroup, which need not exist.
   *
   * @param path Relative to the root of each hierarchy, with a slash in front.
   * @param layout The host's layout.
   */
  constructor(path: string, layout: CgroupLayout = cgroupLayout()) {
    this.path = path;
    this.#layout = layout;
  }

  /**
   * Creates the cgroup and those above it, in every hierarchy.
   *
   * @throws {EngineError} `system`: the kernel refused.
   */
  create(): void {
    for (const hierarchy of this.#layout.hierarchies) {
      try {
        createIn(hierarchy, this.path);
      } catch (error) {
        throw new EngineError(`Cannot create the cgroup "${hierarchy.mountPoint}${this.path}"`, {
          kind: "system",
          cause: error,
        });
      }
    }
  }

  /**
   * Moves a process into the cgroup; its later children are born there.
   *
   * The kernel may take some 10 ms for it, as it waits until no other process forks or ends.
   *
   * @param pid The process.
   * @throws {EngineError} `system`: the kernel refused.
   */
  async add(pid: number): Promise<void> {
    for (const { mountPoint } of this.#layout.hierarchies) {
      const file = `${mountPoint}${this.path}/cgroup.procs`;
      try {
        await Deno.writeTextFile(file, `${pid}`, { create: false });
      } catch (error) {
        throw new EngineError(`Cannot move process ${pid} into the cgroup "${file}"`, {
          kind: "system",
          cause: error,
        });
      }
    }
  }

  /**
   * Tells which processes are in the cgroup.
   *
   * @returns Their pids; none where it is not there.
   */
  processes(): number[] {
    const [hierarchy] = this.#layout.hierarchies;
    if (!hierarchy) return [];
    return processesOf(`${hierarchy.mountPoint}${this.path}`);
  }

  /**
   * Lists the cgroups right below this one.
   *
   * @returns Their names, in whatever hierarchies they are.
   */
  children(): string[] {
    return [
      ...new Set(
        this.#layout.hierarchies.flatMap(({ mountPoint }) => subfolders(mountPoint + this.path)),
      ),
    ];
  }

  /**
   * Removes the cgroup, after killing what is left in it.
   *
   * @throws {EngineError} `system`: the kernel refused.
   */
  async destroy(): Promise<void> {
    for (let attempt = 1;; attempt++) {
      try {
        return this.remove();
      } catch (error) {
        if (attempt === DESTROY_ATTEMPTS) throw error;
        const { killListed } = await import("../process/kill_listed.ts");
        for (const { mountPoint } of this.#layout.hierarchies) {
          killTree(`${mountPoint}${this.path}`, killListed);
        }
        // What was killed takes a moment to be gone.
        await new Promise((resolve) => setTimeout(resolve, DESTROY_PAUSE_MILLISECONDS));
      }
    }
  }

  /**
   * Removes the cgroup, which must hold no process any more; one that is not there is fine.
   *
   * @throws {EngineError} `system`: the kernel refused, because a process is left in it, say.
   */
  remove(): void {
    for (const { mountPoint } of this.#layout.hierarchies) {
      try {
        removeTree(`${mountPoint}${this.path}`);
      } catch (error) {
        throw new EngineError(`Cannot remove the cgroup "${mountPoint}${this.path}"`, {
          kind: "system",
          cause: error,
        });
      }
    }
  }
}

/** Kills what is in a cgroup and in those that a container has made below. */
function killTree(folder: string, killListed: (list: () => number[]) => void): void {
  for (const name of subfolders(folder)) killTree(`${folder}/${name}`, killListed);
  // On v1 what is frozen ends only once it is let go.
  if (readIfThere(`${folder}/freezer.state`).startsWith("F")) thaw(folder);
  killListed(() => processesOf(folder));
}

function processesOf(folder: string): number[] {
  const text = readIfThere(`${folder}/cgroup.procs`);
  return text.split("\n").filter((line) => line !== "").map(Number);
}

function thaw(folder: string): void {
  try {
    Deno.writeTextFileSync(`${folder}/freezer.state`, "THAWED", { create: false });
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/**
 * Lists the cgroups right below one, in one hierarchy.
 *
 * @param folder The cgroup's folder.
 * @returns Their names; none where it is not there.
 */
export function subfolders(folder: string): string[] {
  const entries = ifPresent(() => [...Deno.readDirSync(folder)]) ?? [];
  return entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
}

function createIn(hierarchy: Hierarchy, path: string): void {
  const above = path.slice(0, path.lastIndexOf("/"));
  const folder = hierarchy.mountPoint + path;
  // Mostly those above are there, and have what they need.
  if (above === "" || hierarchy.controllers.length === 0 || !makeFolder(folder)) {
    if (above !== "") createIn(hierarchy, above);
    if (hierarchy.controllers.length === 0) delegateControllers(hierarchy.mountPoint + above);
    if (!makeFolder(folder)) throw new Deno.errors.NotFound(`"${folder}" was removed meanwhile`);
  }
  if (hierarchy.controllers.includes("cpuset")) inheritCpuset(hierarchy.mountPoint, path);
}

/** Gives whether there is one now; not where there is nothing to make it in. */
function makeFolder(folder: string): boolean {
  try {
    Deno.mkdirSync(folder, { mode: 0o755 });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return true;
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** On v2 a cgroup's children have only the controllers it hands down (cgroup-v2, "Enabling"). */
function delegateControllers(folder: string): void {
  const available = readIfThere(`${folder}/cgroup.controllers`).trim().split(" ");
  const file = `${folder}/cgroup.subtree_control`;
  const enabled = readIfThere(file).trim().split(" ");
  const missing = available.filter((name) => name !== "" && !enabled.includes(name));
  if (missing.length === 0) return;
  Deno.writeTextFileSync(file, missing.map((name) => `+${name}`).join(" "), { create: false });
}

/**
 * On v1 a new cpuset is empty, and takes no process until it has been filled (cpuset(7)); nor can it
 * be while the one above is empty, which somebody else may have made.
 */
function inheritCpuset(mountPoint: string, path: string): void {
  const above = path.slice(0, path.lastIndexOf("/"));
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    const own = `${mountPoint}${path}/${file}`;
    if (readIfThere(own).trim() !== "") continue;
    let parent = readIfThere(`${mountPoint}${above}/${file}`);
    if (parent.trim() === "" && above !== "") {
      inheritCpuset(mountPoint, above);
      parent = readIfThere(`${mountPoint}${above}/${file}`);
    }
    Deno.writeTextFileSync(own, parent, { create: false });
  }
}

/** A container may have made cgroups below its own. */
function removeTree(folder: string): void {
  try {
    Deno.removeSync(folder);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    const below = subfolders(folder);
    // Of those, the kernel says that it is busy, as of one with processes.
    if (below.length === 0) throw error;
    for (const name of below) removeTree(`${folder}/${name}`);
    Deno.removeSync(folder);
  }
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (isGone(error)) return "";
    throw error;
  }
}
