/**
 * Compiles the default filter of system calls ahead of time, for every architecture:
 * `deno run -W scripts/seccomp_filters.ts`, after a change of the profile, the table of system calls or
 * the compiler. A test tells when it is due.
 *
 * @module
 */

import { compileFilter } from "../lib/seccomp/compile.ts";
import { DEFAULT_SECCOMP_PROFILE } from "../lib/seccomp/default_profile.ts";
import { resolveSeccompProfile } from "../lib/seccomp/resolve_profile.ts";

const FILE = new URL("../lib/seccomp/default_filters.ts", import.meta.url);
const LINE_LENGTH = 96;

/** Of the default capabilities, the one that a rule of the profile depends on. */
const CAPABILITIES = ["CAP_SYS_CHROOT"];
// No rule depends on anything newer.
const KERNEL = "5.12.0";

/**
 * Compiles the filter of a container with the default profile and capabilities.
 *
 * @param arch The architecture.
 * @returns The program in base64.
 */
export function compileDefaultFilter(arch: typeof Deno.build.arch): string {
  const target = { arch, capabilities: CAPABILITIES, kernel: KERNEL };
  const filter = resolveSeccompProfile(DEFAULT_SECCOMP_PROFILE, target);
  return compileFilter(filter, arch).toBase64();
}

function source(): string {
  const constants = (["x86_64", "aarch64"] as const).map((arch) => {
    const text = compileDefaultFilter(arch);
    const lines = text.match(new RegExp(`.{1,${LINE_LENGTH}}`, "g"))!;
    return `  "${arch}": \`\n${lines.join("\n")}\n\`,\n`;
  });
  return `/**
 * The default filter, compiled: written by scripts/seccomp_filters.ts.
 *
 * @module
 */

/** The kernel's programs in base64, to be read without white space. */
export const DEFAULT_FILTERS: Readonly<Record<typeof Deno.build.arch, string>> = {
${constants.join("")}};
`;
}

if (import.meta.main) Deno.writeTextFileSync(FILE, source());
