/**
 * The container's view of its own cgroup, at `/sys/fs/cgroup`.
 *
 * @module
 */

import { closing, fchdir, mkdirat, mount, MountFlag, symlinkat } from "../../../ffi/mod.ts";
import { openInContainer, openOrCreateDirectory } from "./container_path.ts";

// Roots of a fresh cgroup namespace are what this process belongs to, so mounting shows no more.
const FLAGS = MountFlag.NOSUID | MountFlag.NODEV | MountFlag.NOEXEC;

/**
 * Finds the hierarchies of cgroup v1 that the host has; runs in the host's root.
 *
 * @returns Their controllers each, as `mount` takes them; none with v2.
 */
export function cgroupHierarchies(): string[] {
  return Deno.readTextFileSync("/proc/self/cgroup").trim().split("\n")
    .map((line) => line.split(":")[1]!)
    .filter((controllers) => controllers !== "");
}

/**
 * Mounts the cgroup hierarchies of the host's kind (v1, hybrid as v1, or v2) as Docker does.
 *
 * @param destination Where.
 * @param flags Bits of `MountFlag`, such as `RDONLY`.
 * @param hierarchies What {@linkcode cgroupHierarchies} has found.
 * @throws {SyscallError} The kernel refused.
 */
export function mountCgroups(
  destination: string,
  flags: number,
  hierarchies: readonly string[],
): void {
  closing(openOrCreateDirectory(destination, { noSymlinks: true }), fchdir);
  if (hierarchies.length === 0) return mount("cgroup", ".", "cgroup2", FLAGS | flags);
  mount("tmpfs", ".", "tmpfs", FLAGS, "mode=755");
  // The working directory is still what lies beneath the tmpfs.
  closing(openInContainer(destination, { noSymlinks: true }), (root) => {
    for (const controllers of hierarchies) mountHierarchy(root, controllers, flags);
    fchdir(root);
    mount("", ".", "", MountFlag.REMOUNT | MountFlag.BIND | FLAGS | flags);
  });
}

function mountHierarchy(root: number, controllers: string, flags: number): void {
  const name = controllers.replace("name=", "");
  mkdirat(root, name, 0o755);
  fchdir(root);
  // A path of one component below a folder that only we have seen.
  const data = controllers.startsWith("name=") ? `none,${controllers}` : controllers;
  mount("cgroup", name, "cgroup", FLAGS | flags, data);
  const members = name.split(",");
  if (members.length > 1) members.forEach((member) => symlinkat(name, root, member));
}
