/**
 * The parts of a container's OCI configuration that confine it.
 *
 * @module
 */

import { Annotation, type SpecMount, type SpecProcess } from "../../runtime/mod.ts";
import type { ContainerFilter } from "../../seccomp/container_filter.ts";
import { containerCapabilities, type SecuritySettings } from "../record/security_settings.ts";

/** Paths of Docker's default configuration that a container cannot read. */
const MASKED_PATHS = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
];

/** Paths of Docker's default configuration that a container cannot write. */
const READONLY_PATHS = [
  "/proc/bus",
  "/proc/fs",
  "/proc/irq",
  "/proc/sys",
  "/proc/sysrq-trigger",
];

/** Parts of a configuration. */
export interface SecurityParts {
  /** Of `process`. */
  process: Pick<
    SpecProcess,
    "capabilities" | "noNewPrivileges" | "apparmorProfile" | "selinuxLabel"
  >;
  /** Of `linux`. */
  maskedPaths: string[];
  /** Of `linux`. */
  readonlyPaths: string[];
  /** Of `annotations`. */
  annotations: Record<string, string>;
}

/**
 * Confines a container.
 *
 * @param security What is asked for.
 * @param filter Its filter of system calls, if it has one.
 * @returns Parts of its configuration.
 */
export function securityParts(
  security: SecuritySettings = {},
  filter: ContainerFilter | undefined,
): SecurityParts {
  const { groupAdd = [], labels, noNewPrivileges, privileged, unconfinedPaths } = security;
  const capabilities = containerCapabilities(security);
  const isOpen = privileged || unconfinedPaths;
  return {
    process: {
      capabilities: {
        bounding: capabilities,
        effective: capabilities,
        permitted: capabilities,
      },
      ...noNewPrivileges && { noNewPrivileges },
      ...labels?.apparmor && { apparmorProfile: labels.apparmor },
      ...labels?.selinux && { selinuxLabel: labels.selinux },
    },
    maskedPaths: isOpen ? [] : MASKED_PATHS,
    readonlyPaths: isOpen ? [] : READONLY_PATHS,
    annotations: {
      ...filter && { [Annotation.SECCOMP]: filter.program },
      ...groupAdd.length > 0 && { [Annotation.GROUPS]: JSON.stringify(groupAdd) },
    },
  };
}

/** What holds files of the container's own, and can be told their label when it is mounted. */
const LABELLED_TYPES = ["tmpfs", "devpts", "mqueue"];

/**
 * Gives mounts the container's SELinux label.
 *
 * @param mounts Mounts.
 * @param security What is asked for.
 * @returns The mounts.
 */
export function labelledMounts(
  mounts: readonly SpecMount[],
  { labels }: SecuritySettings = {},
): SpecMount[] {
  if (labels?.mount === undefined) return [...mounts];
  const context = `context="${labels.mount}"`;
  return mounts.map((mount) =>
    LABELLED_TYPES.includes(mount.type ?? "")
      ? { ...mount, options: [...mount.options ?? [], context] }
      : mount
  );
}

/**
 * Lets a privileged container write to the mounts that nobody else may.
 *
 * @param mounts Mounts of every container.
 * @param security What is asked for.
 * @returns The mounts.
 */
export function privilegedMounts(
  mounts: readonly SpecMount[],
  { privileged }: SecuritySettings = {},
): SpecMount[] {
  if (!privileged) return [...mounts];
  return mounts.map((mount) => ({
    ...mount,
    ...mount.options && { options: mount.options.filter((option) => option !== "ro") },
  }));
}
