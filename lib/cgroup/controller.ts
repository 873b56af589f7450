/**
 * Where a controller keeps what it knows of a cgroup.
 *
 * @module
 */

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
    // ENODEV: the cgroup was removed between open and read.
    const code = (error as { code?: string }).code;
    if (error instanceof Deno.errors.NotFound || code === "ENODEV") return "";
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
