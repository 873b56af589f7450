/**
 * From a profile to the filter of one container on one machine.
 *
 * @module
 */

import type { ProfileRule, RuleConditions, SeccompProfile } from "./profile.ts";
import type { SeccompRule, SpecSeccomp } from "./spec_seccomp.ts";

/** What a profile's rules depend on. */
export interface FilterTarget {
  /** Capabilities of the container's bounding set. */
  capabilities: readonly string[];
  /** The machine's architecture. */
  arch: typeof Deno.build.arch;
  /** The kernel's release, `uname -r`. */
  kernel: string;
}

const NATIVE = {
  "x86_64": { oci: "SCMP_ARCH_X86_64", go: "amd64" },
  "aarch64": { oci: "SCMP_ARCH_AARCH64", go: "arm64" },
} as const;

/**
 * Picks the rules of a profile that hold.
 *
 * @param profile The profile.
 * @param target The container and the machine.
 * @returns The filter.
 */
export function resolveSeccompProfile(profile: SeccompProfile, target: FilterTarget): SpecSeccomp {
  const { defaultAction, defaultErrnoRet, flags } = profile;
  return {
    defaultAction,
    ...defaultErrnoRet !== undefined && { defaultErrnoRet },
    architectures: architectures(profile, NATIVE[target.arch].oci),
    ...flags?.length && { flags },
    syscalls: profile.syscalls.filter((rule) => holds(rule, target)).map(plainRule),
  };
}

function architectures(
  { archMap = [], architectures = [] }: SeccompProfile,
  own: string,
): string[] {
  if (architectures.length > 0) return architectures;
  const entry = archMap.find(({ architecture }) => architecture === own);
  return [own, ...entry?.subArchitectures ?? []];
}

function holds({ excludes = {}, includes = {} }: ProfileRule, target: FilterTarget): boolean {
  return meetsAll(includes, target) && !meetsAny(excludes, target);
}

function meetsAll({ arches = [], caps = [], minKernel }: RuleConditions, target: FilterTarget) {
  return (arches.length === 0 || arches.includes(NATIVE[target.arch].go)) &&
    caps.every((capability) => target.capabilities.includes(capability)) &&
    (minKernel === undefined || isAtLeast(target.kernel, minKernel));
}

function meetsAny({ arches = [], caps = [], minKernel }: RuleConditions, target: FilterTarget) {
  return arches.includes(NATIVE[target.arch].go) ||
    caps.some((capability) => target.capabilities.includes(capability)) ||
    (minKernel !== undefined && isAtLeast(target.kernel, minKernel));
}

function isAtLeast(kernel: string, least: string): boolean {
  const [major = 0, minor = 0] = kernel.split(".").map((part) => parseInt(part));
  const [leastMajor = 0, leastMinor = 0] = least.split(".").map((part) => parseInt(part));
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

function plainRule({ action, args, errnoRet, names }: ProfileRule): SeccompRule {
  return {
    names,
    action,
    ...errnoRet !== undefined && { errnoRet },
    ...args?.length && { args },
  };
}
