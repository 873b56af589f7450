/**
 * The label of a security module that a command is to have: an AppArmor profile or SELinux context.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { SpecProcess } from "../spec/spec.ts";

/** What is written to have the next execve change the label. */
export interface LabelWrite {
  /** A file of the host's `/proc`; relative to whoever writes. */
  path: string;
  /** What is written, at once. */
  text: string;
}

const SELINUX_FILE = "/proc/self/attr/exec";
const APPARMOR_FILES = ["/proc/self/attr/apparmor/exec", SELINUX_FILE];

/**
 * Says how a command gets its labels.
 *
 * To be written before the container's root is entered: its `/proc` might not be the kernel's
 * (CVE-2019-16884, CVE-2025-52881).
 *
 * @param process The command.
 * @returns What to write; nothing where it keeps ours.
 */
export function labelWrites(process: SpecProcess): LabelWrite[] {
  const { apparmorProfile, selinuxLabel } = process;
  return [
    ...apparmorProfile ? [{ path: appArmorFile(), text: `exec ${apparmorProfile}` }] : [],
    ...selinuxLabel ? [{ path: SELINUX_FILE, text: selinuxLabel }] : [],
  ];
}

/** Where several modules are active, AppArmor has a file of its own (Linux 5.8). */
function appArmorFile(): string {
  return APPARMOR_FILES.find(exists) ?? SELINUX_FILE;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Has the calling thread change its labels at its next execve.
 *
 * @param process The command.
 * @throws {EngineError} `system`: there is no such profile or context.
 */
export function applyLabels(process: SpecProcess): void {
  for (const { path, text } of labelWrites(process)) {
    try {
      Deno.writeTextFileSync(path, text, { create: false });
    } catch (error) {
      throw new EngineError(`applying the security label "${text}"`, {
        kind: "system",
        cause: error,
      });
    }
  }
}
