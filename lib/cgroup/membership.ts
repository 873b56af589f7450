/**
 * Which cgroups this process is in.
 *
 * @module
 */

import { cgroupLayout } from "./cgroup.ts";
import type { Hierarchy } from "./layout.ts";

/** A process's cgroups, one in each hierarchy. */
export interface CgroupMembership {
  /**
   * Moves a process there, or to the top of a hierarchy whose cgroup is gone.
   *
   * @param pid The process.
   */
  addOrRoot(pid: number): void;
}

/**
 * Finds out which cgroups this process is in.
 *
 * @returns Its cgroups as they are now.
 */
export function ownCgroups(): CgroupMembership {
  const text = Deno.readTextFileSync("/proc/self/cgroup");
  const folders = cgroupLayout().hierarchies.map((hierarchy) => ({
    top: hierarchy.mountPoint,
    own: hierarchy.mountPoint + membershipPath(text, hierarchy),
  }));
  return {
    addOrRoot: (pid) => {
      for (const { own, top } of folders) {
        try {
          add(own, pid);
        } catch (error) {
          if (!(error instanceof Deno.errors.NotFound)) throw error;
          add(top, pid);
        }
      }
    },
  };
}

function add(folder: string, pid: number): void {
  Deno.writeTextFileSync(`${folder}/cgroup.procs`, `${pid}`, { create: false });
}

/**
 * Finds a hierarchy's line of `/proc/PID/cgroup` (cgroups(7)).
 *
 * @param text The file's text.
 * @param hierarchy The hierarchy.
 * @returns The path below the hierarchy's root, with a slash in front.
 */
export function membershipPath(text: string, hierarchy: Hierarchy): string {
  const controllers = hierarchy.controllers.join(",");
  for (const line of text.split("\n")) {
    const [, names, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (names === controllers) return path!;
  }
  return "/";
}
