/**
 * What a container may do beyond, or less than, what others may.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { CAPABILITIES, DEFAULT_CAPABILITIES } from "../../runtime/user/capabilities.ts";

/** What is asked for; what is absent is as for all containers. */
export interface SecuritySettings {
  /** Capabilities it has besides the default ones, `CAP_CHOWN` and such, or `ALL`. */
  capAdd?: string[];
  /** Default capabilities it does not have, or `ALL`. */
  capDrop?: string[];
  /** Whether it can do whatever the host's root can. */
  privileged?: boolean;
  /** Supplementary groups of its processes, names or numbers. */
  groupAdd?: string[];
  /** Whether no execve can give its processes more rights. */
  noNewPrivileges?: boolean;
  /** The text of a seccomp profile in Docker's JSON, or `unconfined`. */
  seccomp?: string;
  /** An AppArmor profile, or `unconfined`. */
  apparmor?: string;
  /** Parts of its SELinux label, `type:NAME` and such, or `disable`. */
  label?: string[];
  /** Whether nothing of `/proc` and `/sys` is masked or read-only. */
  unconfinedPaths?: boolean;
  /** What its processes' labels become, on this host. */
  labels?: SecurityLabels;
}

/** Labels of security modules. */
export interface SecurityLabels {
  /** An AppArmor profile. */
  apparmor?: string;
  /** An SELinux context. */
  selinux?: string;
  /** The SELinux context of the files of its own. */
  mount?: string;
}

/** Stands for all capabilities. */
export const ALL_CAPABILITIES = "ALL";

const PREFIX = "CAP_";

/**
 * Brings names of capabilities into one form, as Docker's command does: what is added and dropped is
 * added, and `ALL` makes the rest of its list idle.
 *
 * @param add Names to add, with or without `CAP_`, in any case.
 * @param drop Names to drop.
 * @returns Names with `CAP_`, or `ALL`, each once and in order.
 * @throws {EngineError} `invalid`: there is no such capability.
 */
export function capabilityLists(
  add: readonly string[],
  drop: readonly string[],
): { capAdd: string[]; capDrop: string[] } {
  const capAdd = capabilityList(add, "CapAdd");
  const capDrop = capabilityList(drop, "CapDrop").filter((name) => !capAdd.includes(name));
  return { capAdd, capDrop };
}

function capabilityList(names: readonly string[], field: string): string[] {
  const known = [...new Set(names.map((name) => capability(name, field)))].sort();
  return known.includes(ALL_CAPABILITIES) ? [ALL_CAPABILITIES] : known;
}

function capability(text: string, field: string): string {
  const upper = text.trim().toUpperCase();
  if (upper === ALL_CAPABILITIES) return upper;
  const name = upper.startsWith(PREFIX) ? upper : PREFIX + upper;
  if (CAPABILITIES.includes(name)) return name;
  throw new EngineError(
    `Cannot create the container: invalid ${field}: unknown capability: "${name}"`,
    { kind: "invalid" },
  );
}

/**
 * The capabilities of a container.
 *
 * @param security What is asked for.
 * @returns Their names.
 */
export function containerCapabilities(security: SecuritySettings = {}): string[] {
  const { capAdd = [], capDrop = [], privileged } = security;
  if (privileged) return [...CAPABILITIES];
  if (capAdd.includes(ALL_CAPABILITIES)) return without(CAPABILITIES, capDrop);
  if (capDrop.includes(ALL_CAPABILITIES)) return [...capAdd];
  return [...new Set([...without(DEFAULT_CAPABILITIES, capDrop), ...capAdd])];
}

function without(names: readonly string[], dropped: readonly string[]): string[] {
  return names.filter((name) => !dropped.includes(name));
}

/** Stands for no confinement by a mechanism. */
export const UNCONFINED = "unconfined";

/**
 * Tells which seccomp profile a container has.
 *
 * @param security What is asked for.
 * @returns Whether it has a filter at all, and the text of a profile other than the default one.
 */
export function seccompChoice(
  { privileged, seccomp }: SecuritySettings = {},
): { filtered: boolean; profile?: string } {
  // As in Docker: --privileged filters nothing, unless a profile is named.
  if (seccomp === undefined) return { filtered: !privileged };
  return seccomp === UNCONFINED ? { filtered: false } : { filtered: true, profile: seccomp };
}
