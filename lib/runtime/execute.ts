/**
 * The last steps of becoming a container's command; init and exec share them.
 *
 * @module
 */

import {
  boundingSet,
  closeOnExecFrom,
  execve,
  joinNewKeyring,
  limitBoundingSet,
  resetSignals,
  Rlimit,
  setGroup,
  setGroups,
  setKeepCapabilities,
  setNoNewPrivileges,
  setParentDeathSignal,
  setRlimit,
  setUser,
  Signal,
  umask,
} from "../../ffi/mod.ts";
import { applyCapabilities, capabilityMask } from "./capabilities.ts";
import { executeError, findCommand } from "./command_path.ts";
import type { Identity } from "./identity.ts";
import type { SpecProcess } from "./spec.ts";

const DEFAULT_UMASK = 0o022;
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** How a command is executed. */
export interface ExecuteOptions {
  /**
   * Whether it is killed when the process that started it ends.
   *
   * @default false
   */
  endsWithParent?: boolean;
}

/**
 * Gives up what the command must not have, and becomes the command.
 *
 * The calling thread is in the container's namespaces, root and working directory already. A filter
 * of system calls belongs between the bounding set and the change of user: there CAP_SYS_ADMIN is
 * still at hand, without which the kernel would insist on no_new_privs.
 *
 * @param process The process's configuration.
 * @param identity Who it runs as.
 * @param options How.
 * @throws {EngineError} `commandNotFound` or `commandNotExecutable`.
 * @throws {SyscallError} The kernel refused a step before.
 */
export function executeAs(
  process: SpecProcess,
  identity: Identity,
  options: ExecuteOptions = {},
): never {
  for (const { type, soft, hard } of process.rlimits ?? []) {
    setRlimit(Rlimit[type as keyof typeof Rlimit], { soft: BigInt(soft), hard: BigInt(hard) });
  }
  resetSignals();
  umask(process.user.umask ?? DEFAULT_UMASK);
  joinNewKeyring();
  const capabilities = process.capabilities ?? {};
  const available = boundingSet();
  limitBoundingSet(capabilityMask(capabilities.bounding ?? []));
  if (process.noNewPrivileges) setNoNewPrivileges();
  setGroups(identity.groups);
  setGroup(identity.gid);
  // The change of user would drop what capset is about to decide on.
  setKeepCapabilities(true);
  setUser(identity.uid);
  applyCapabilities(capabilities, available);
  setKeepCapabilities(false);
  // Not before: the kernel forgets it whenever the identity changes.
  if (options.endsWithParent) setParentDeathSignal(Signal.SIGKILL);
  const env = process.env.some((entry) => entry.startsWith("HOME="))
    ? process.env
    : [...process.env, `HOME=${identity.home}`];
  const path = env.findLast((entry) => entry.startsWith("PATH="))?.slice(5) ?? DEFAULT_PATH;
  const command = process.args[0]!;
  const executable = findCommand(command, path);
  closeOnExecFrom(3);
  try {
    return execve(executable, process.args, env);
  } catch (error) {
    throw executeError(command, error);
  }
}
