/**
 * Labels of security modules, as far as the host has them.
 *
 * @module
 */

import {
  type SecurityLabels,
  type SecuritySettings,
  UNCONFINED,
} from "../../container/record/security_settings.ts";
import { EngineError } from "../../errors.ts";

/** Which modules decide on a host. */
export interface SecurityModules {
  /** Whether AppArmor does. */
  apparmor: boolean;
  /** Whether SELinux does. */
  selinux: boolean;
}

/** What turns labels off. */
const DISABLE = "disable";

/** What container policies know (container-selinux). */
const PROCESS_CONTEXT = { user: "system_u", role: "system_r", type: "container_t", level: "s0" };
const FILE_TYPE = "container_file_t";
const FILE_ROLE = "object_r";

/**
 * Looks which modules decide on this host.
 *
 * @returns The modules.
 */
export function securityModules(): SecurityModules {
  return {
    apparmor: readText("/sys/module/apparmor/parameters/enabled").startsWith("Y"),
    selinux: readText("/sys/fs/selinux/enforce") !== "",
  };
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    // Not there, or, inside a container, not to be seen.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) return "";
    throw error;
  }
}

/**
 * Turns what is asked for into labels.
 *
 * @param security What is asked for.
 * @param modules Which modules decide on the host.
 * @param onWarning Takes what the user should know.
 * @returns The labels; none where nothing is asked for.
 * @throws {EngineError} `invalid`: a part of a label is unknown.
 */
export function securityLabels(
  { apparmor, label, privileged }: SecuritySettings,
  modules: SecurityModules,
  onWarning: (text: string) => void = () => {},
): SecurityLabels | undefined {
  const context = label && selinuxContext(label);
  if (apparmor !== undefined && apparmor !== UNCONFINED && !modules.apparmor) {
    onWarning(`This host has no AppArmor. The profile "${apparmor}" is discarded.`);
  }
  if (context !== undefined && !modules.selinux) {
    onWarning("This host has no SELinux. The label is discarded.");
  }
  const labels: SecurityLabels = {
    ...modules.apparmor && apparmor !== undefined && { apparmor },
    // As in Docker: all rights, and no label to take some away.
    ...modules.selinux && context !== undefined && !privileged && {
      selinux: processLabel(context),
      mount: fileLabel(context),
    },
  };
  return Object.keys(labels).length === 0 ? undefined : labels;
}

type Context = typeof PROCESS_CONTEXT & { filetype?: string };

function selinuxContext(parts: readonly string[]): Context | undefined {
  if (parts.includes(DISABLE)) return undefined;
  const context: Context = { ...PROCESS_CONTEXT };
  for (const part of parts) {
    const at = part.indexOf(":");
    const name = part.slice(0, Math.max(at, 0));
    if (name !== "filetype" && !Object.hasOwn(PROCESS_CONTEXT, name)) {
      throw new EngineError(
        `Cannot create the container: bad label option "${part}", valid options 'disable' or ` +
          "'user, role, level, type, filetype' followed by ':' and a value",
        { kind: "invalid" },
      );
    }
    context[name as keyof Context] = part.slice(at + 1);
  }
  return context;
}

function processLabel({ level, role, type, user }: Context): string {
  return [user, role, type, level].join(":");
}

function fileLabel({ filetype = FILE_TYPE, level, user }: Context): string {
  return [user, FILE_ROLE, filetype, level].join(":");
}
