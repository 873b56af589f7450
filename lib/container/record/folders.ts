/**
 * Where a container has its folders and its cgroup.
 *
 * @module
 */

import type { Roots } from "../../state/mod.ts";
import type { ContainerSettings } from "./settings.ts";

/**
 * Names a container's folder.
 *
 * @param roots The instance's.
 * @param id The container's whole id.
 * @returns An absolute path.
 */
export function bundleDirectory(roots: Roots, id: string): string {
  return `${roots.root}/containers/${id}`;
}

/**
 * Names a container's folder of run-time files.
 *
 * @param roots The instance's.
 * @param id The container's whole id.
 * @returns An absolute path.
 */
export function runDirectory(roots: Roots, id: string): string {
  return `${roots.run}/containers/${id}`;
}

/**
 * Names the cgroup of a container, which may lie where its user wants it.
 *
 * @param roots The instance's.
 * @param container The container.
 * @returns As {@linkcode cgroupPath} does.
 */
export function containerCgroup(
  roots: Roots,
  { id, settings }: { id: string; settings: ContainerSettings },
): string {
  const parent = settings.limits?.cgroupParent;
  return parent === undefined ? cgroupPath(roots, id) : `${parent}/${id}`;
}

/**
 * Names a container's cgroup.
 *
 * @param roots The instance's.
 * @param id The container's whole id.
 * @returns Relative to the root of each hierarchy, with a slash in front.
 */
export function cgroupPath(roots: Roots, id: string): string {
  return `/${roots.instance}/${id}`;
}
