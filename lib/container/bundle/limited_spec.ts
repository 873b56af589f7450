/**
 * The small parts of an OCI configuration that limits change.
 *
 * @module
 */

import type { DeviceRule } from "../../cgroup/mod.ts";
import type { SpecMount, SpecProcess } from "../../runtime/mod.ts";
import type { ContainerSettings } from "../record/settings.ts";

/** Rules of devices where a container has those of every container, and no others. */
export const OWN_DEVICES_ONLY: readonly DeviceRule[] = [{ allow: false, access: "rwm" }];

// systemd's default, and Docker's where it runs under it. This process's own soft limit says
// nothing: the runtime raises it to the hard one.
const NOFILE_SOFT = 1024;

// RLIM_INFINITY is 2 ** 64 - 1; this is the next number that JSON holds.
const UNLIMITED = 2 ** 64 - 2048;

/**
 * Lists the limits of a container's processes.
 *
 * @param settings What the container is.
 * @param openFiles The hard limit of open files where nothing else is asked for.
 * @returns `process.rlimits` of the configuration.
 */
export function processLimits(
  settings: ContainerSettings,
  openFiles: number,
): NonNullable<SpecProcess["rlimits"]> {
  const own = (settings.limits?.ulimits ?? []).map(({ hard, name, soft }) => ({
    type: `RLIMIT_${name.toUpperCase()}`,
    soft: soft < 0 ? UNLIMITED : soft,
    hard: hard < 0 ? UNLIMITED : hard,
  }));
  if (own.some(({ type }) => type === "RLIMIT_NOFILE")) return own;
  return [
    { type: "RLIMIT_NOFILE", soft: Math.min(NOFILE_SOFT, openFiles), hard: openFiles },
    ...own,
  ];
}

/**
 * Gives `/dev/shm` a size.
 *
 * @param mounts Mounts, that of `/dev/shm` among them.
 * @param size The size, in bytes; it is left as it is where absent.
 * @returns The mounts.
 */
export function withShmSize(
  mounts: readonly SpecMount[],
  size: number | undefined,
): readonly SpecMount[] {
  if (size === undefined) return mounts;
  return mounts.map((mount) => {
    if (mount.destination !== "/dev/shm") return mount;
    const others = mount.options?.filter((option) => !option.startsWith("size=")) ?? [];
    return { ...mount, options: [...others, `size=${size}`] };
  });
}
