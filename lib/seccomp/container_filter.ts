/**
 * The filter of system calls of one container.
 *
 * @module
 */

import { DEFAULT_FILTERS } from "./default_filters.ts";
import { DEFAULT_SECCOMP_PROFILE } from "./default_profile.ts";
import type { ProfileRule } from "./profile.ts";
import { resolveSeccompProfile } from "./resolve_profile.ts";
import type { SpecSeccomp } from "./spec_seccomp.ts";

/** A filter. */
export interface ContainerFilter {
  /** `linux.seccomp` of the container's configuration. */
  spec: SpecSeccomp;
  /** The kernel's program, in base64. */
  program: string;
}

/** Of the default capabilities, those that a rule of the default profile depends on. */
const DEFAULT_CONDITIONS = "CAP_SYS_CHROOT";

/**
 * Makes a container's filter.
 *
 * Compiling takes ten milliseconds, a good part of a start: where the rules are those that most
 * containers have, the program is there already.
 *
 * @param profile The text of a profile in Docker's JSON; the default one where absent.
 * @param capabilities The container's bounding set.
 * @returns The filter; nothing where the profile says nothing.
 * @throws {EngineError} `invalid`: the profile cannot be read or compiled.
 */
export async function makeContainerFilter(
  profile: string | undefined,
  capabilities: readonly string[],
): Promise<ContainerFilter | undefined> {
  const { arch } = Deno.build;
  const target = { arch, capabilities, kernel: Deno.osRelease() };
  if (profile === undefined) {
    const spec = resolveSeccompProfile(DEFAULT_SECCOMP_PROFILE, target);
    const program = conditionsMet(capabilities) === DEFAULT_CONDITIONS
      ? DEFAULT_FILTERS[arch].replaceAll("\n", "")
      : await compile(spec);
    return { spec, program };
  }
  const { parseSeccompProfile } = await import("./profile.ts");
  const parsed = parseSeccompProfile(profile);
  if (parsed === undefined) return undefined;
  const spec = resolveSeccompProfile(parsed, target);
  return { spec, program: await compile(spec) };
}

/** The container's capabilities that the default profile asks about. */
function conditionsMet(capabilities: readonly string[]): string {
  const asked = (rule: ProfileRule) => [
    ...rule.includes?.caps ?? [],
    ...rule.excludes?.caps ?? [],
  ];
  const all = new Set(DEFAULT_SECCOMP_PROFILE.syscalls.flatMap(asked));
  return capabilities.filter((capability) => all.has(capability)).join(" ");
}

async function compile(spec: SpecSeccomp): Promise<string> {
  const { compileFilter } = await import("./compile.ts");
  return btoa(String.fromCharCode(...compileFilter(spec)));
}
