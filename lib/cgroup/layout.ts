/**
 * Which cgroup hierarchies the host has (cgroups(7)).
 *
 * @module
 */

/** A mounted hierarchy that containers get a cgroup in. */
export interface Hierarchy {
  /** Its controllers on v1 (`memory`, or `name=systemd`); empty on v2. */
  controllers: readonly string[];
  /** Where it is mounted. */
  mountPoint: string;
}

/** The host's cgroup layout. */
export interface CgroupLayout {
  /**
   * `v2`: one hierarchy for all controllers. `v1`: one or more controllers each, also where an empty
   * v2 hierarchy is mounted beside them ("hybrid"), which is left alone as Docker does. `none`:
   * nothing is mounted, or not writable by us; containers run without limits.
   */
  version: "v1" | "v2" | "none";
  /** The hierarchies. */
  hierarchies: readonly Hierarchy[];
}

/**
 * Finds the host's cgroup layout.
 *
 * @param mountinfo The text of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
 * @returns The layout.
 */
export function parseCgroupLayout(mountinfo: string): CgroupLayout {
  const v1 = new Map<string, Hierarchy>();
  let v2: Hierarchy | undefined;
  for (const line of mountinfo.split("\n")) {
    const [before, after] = line.split(" - ");
    const [, , , , mountPoint, mountOptions = ""] = before?.split(" ") ?? [];
    const [type, , options] = after?.split(" ") ?? [];
    if (mountPoint === undefined || !mountPoint.startsWith("/sys/fs/cgroup")) continue;
    if (mountOptions.split(",").includes("ro")) continue;
    if (type === "cgroup2") v2 ??= { controllers: [], mountPoint };
    if (type !== "cgroup") continue;
    const controllers = options!.split(",").filter((option) => !NOT_CONTROLLERS.test(option));
    const key = controllers.join(",");
    if (!v1.has(key)) v1.set(key, { controllers, mountPoint });
  }
  if (v1.size > 0) return { version: "v1", hierarchies: [...v1.values()] };
  return v2 ? { version: "v2", hierarchies: [v2] } : { version: "none", hierarchies: [] };
}

// Options of the file system and of the security module (show_options of cgroup-v1.c, seclabel).
const NOT_CONTROLLERS =
  /^(rw|ro|seclabel|xattr|noprefix|none|clone_children|cpuset_v2_mode|favordynmods|release_agent=.*)$/;
