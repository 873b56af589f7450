/**
 * Where a controller keeps what it knows of a cgroup.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { isGone } from "../gone.ts";
import { cgroupLayout } from "./cgroup.ts";
import type { CgroupLayout } from "./layout.ts";

/** A controller's folder of one cgroup. */
export interface ControllerFolder {
  /** Whether its files are those of cgroup v1 or of v2. */
  version: "v1" | "v2";
  /** An absolute path; it need not exist. */
  path: string;
}

/**
 * Finds a controller's folder of a cgroup.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param controller The controller's name on v1; on v2 all controllers share a folder.
 * @param layout The host's layout.
 * @returns The folder; nothing where the host has no such controller.
 */
export function controllerFolder(
  path: string,
  controller: string,
  layout: CgroupLayout = cgroupLayout(),
): ControllerFolder | undefined {
  const { version, hierarchies } = layout;
  if (version === "none") return undefined;
  const hierarchy = hierarchies.find(({ controllers }) =>
    version === "v2" || controllers.includes(controller)
  );
  return hierarchy && { version, path: hierarchy.mountPoint + path };
}

/**
 * Reads a file of a controller.
 *
 * @param folder The controller's folder.
 * @param name The file.
 * @returns Its text; empty where there is no such file, or the cgroup has just been removed.
 */
export function readController(folder: ControllerFolder, name: string): string {
  try {
    return Deno.readTextFileSync(`${folder.path}/${name}`);
  } catch (error) {
    if (isGone(error)) return "";
    throw error;
  }
}

/**
 * Finds a number in lines of `NAME NUMBER`.
 *
 * @param text The lines.
 * @param name The name.
 * @returns The number; 0 where there is no such line.
 */
export function numberNamed(text: string, name: string): number {
  for (const line of text.split("\n")) {
    if (line.startsWith(`${name} `)) return Number(line.slice(name.length + 1));
  }
  return 0;
}

/**
 * Finds a controller's folder of a cgroup that something is to be set in.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param controller The controller's name on v1; on v2 all controllers share a folder.
 * @param layout The host's layout.
 * @returns The folder.
 * @throws {EngineError} `unavailable`: the host has no such controller.
 */
export function neededController(
  path: string,
  controller: string,
  layout?: CgroupLayout,
): ControllerFolder {
  const folder = controllerFolder(path, controller, layout);
  if (folder) return folder;
  throw new EngineError(
    `Cannot limit the cgroup "${path}": the cgroup controller "${controller}" is not mounted ` +
      `on this host`,
    { kind: "unavailable" },
  );
}

/**
 * Writes a file of a controller.
 *
 * @param folder The controller's folder.
 * @param name The file.
 * @param value What to set it to.
 * @throws {EngineError} `unavailable`: there is no such file; `system`: the kernel refused; `conflict`:
 * the cgroup is gone, with the container that it was of.
 */
export function writeController(
  { path }: ControllerFolder,
  name: string,
  value: string | number,
): void {
  const file = `${path}/${name}`;
  try {
    Deno.writeTextFileSync(file, `${value}`, { create: false });
  } catch (error) {
    if (!isThere(path)) {
      throw new EngineError(`Cannot set the limit "${file}": its container has ended`, {
        kind: "conflict",
        cause: error,
      });
    }
    // A file that a controller lacks is refused as one that must not be made.
    const isMissing = !isThere(file);
    throw new EngineError(
      `Cannot set the limit "${file}" to "${value}"` +
        (isMissing ? ": the kernel, or the cgroup above, does not offer it" : ""),
      { kind: isMissing ? "unavailable" : "system", cause: error },
    );
  }
}

function isThere(file: string): boolean {
  try {
    Deno.lstatSync(file);
    return true;
  } catch {
    return false;
  }
}

/**
 * Tells whether a controller has a file.
 *
 * @param folder The controller's folder.
 * @param name The file.
 * @returns Whether it is there.
 */
export function hasControllerFile({ path }: ControllerFolder, name: string): boolean {
  return isThere(`${path}/${name}`);
}
