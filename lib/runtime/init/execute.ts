/**
 * The last steps of becoming a container's command; init and exec share them.
 *
 * They are said as data: mostly a program takes them that can do nothing else, and an init that is a
 * process of the runtime does itself.
 *
 * @module
 */

import {
  boundingSet,
  errnoText,
  prepareSystemCall,
  resetSignals,
  Rlimit,
  Signal,
  SyscallError,
  type SystemCall,
} from "../../../ffi/mod.ts";
import { describeError, EngineError } from "../../errors.ts";
import { CHANGES_DIRECTORY, LAST_DESCRIPTOR } from "./call_steps.ts";
import { capabilityMask } from "../user/capabilities.ts";
import { executeError, findCommand, type PathLookup } from "./command_path.ts";
import type { Identity } from "../user/identity.ts";
import { encodeInitMessage } from "./messages.ts";
import { createInitProgram, initSteps } from "./own_init.ts";
import { filterStep, type SystemCallFilter } from "./seccomp.ts";
import { DEFAULT_PATH } from "../spec/default_path.ts";
import type { SpecCapabilities, SpecProcess } from "../spec/spec.ts";

const DEFAULT_UMASK = 0o022;

// linux/prctl.h, linux/keyctl.h, linux/close_range.h
const PR_SET_PDEATHSIG = 1;
const PR_SET_KEEPCAPS = 8;
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_RAISE = 2;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;
const KEYCTL_JOIN_SESSION_KEYRING = 1;
const CLOSE_RANGE_CLOEXEC = 4;
// _LINUX_CAPABILITY_VERSION_3 (linux/capability.h): 64 bits as two words a set.
const CAPABILITY_VERSION = 0x20080522;
const CAPABILITIES = Array.from({ length: 64 }, (_, number) => number);

/** How a command is executed. */
export interface ExecutionOptions {
  /** Whether it is killed when the thread that started it ends. */
  endsWithParent?: boolean;
  /** Looks a path of the container up. */
  lookUp?: PathLookup;
  /** Which system calls it may make; all where absent. */
  filter?: SystemCallFilter | undefined;
}

/** How init executes a command. */
export interface InitExecutionOptions extends ExecutionOptions {
  /**
   * Whether the command becomes the child of an init of ours, which this process becomes.
   *
   * @default false
   */
  ownInit?: boolean;
}

/**
 * Lists what gives up everything that a command must not have, and becomes the command.
 *
 * To be taken in this order by a thread in the container's namespaces, root and working directory,
 * whose signals are at their defaults.
 *
 * @param process The process's configuration.
 * @param identity Who it runs as.
 * @param options How.
 * @returns The steps.
 * @throws {EngineError} `commandNotFound` or `commandNotExecutable`; `invalid`: there is no capability
 * of a name.
 */
export function executionSteps(
  process: SpecProcess,
  identity: Identity,
  options: ExecutionOptions = {},
): SystemCall[] {
  const { gid, groups, home, uid } = identity;
  const capabilities = process.capabilities ?? {};
  // What this process may not grant is left out, as runc does where it runs confined itself.
  const available = boundingSet();
  const filter = options.filter ? [filterStep(options.filter)] : [];
  return [
    ...(process.rlimits ?? []).map(rlimitStep),
    { name: "umask", args: [process.user.umask ?? DEFAULT_UMASK] },
    // The container must not reach the keys of whoever started it. A kernel without keyrings, or a
    // filter around us, refuses.
    { name: "keyctl", args: [KEYCTL_JOIN_SESSION_KEYRING, 0], mayFail: true },
    ...numbersOf(available & ~capabilityMask(capabilities.bounding ?? []))
      .map((number) => control(PR_CAPBSET_DROP, number)),
    // While CAP_SYS_ADMIN is still at hand, without which the kernel insists on no_new_privs. So the
    // filter must allow what follows, as with runc.
    ...process.noNewPrivileges ? [control(PR_SET_NO_NEW_PRIVS, 1)] : filter,
    { name: "setgroups", args: [groups.length, Uint32Array.from(groups)] },
    { name: "setresgid", args: [gid, gid, gid] },
    // The change of user would drop what capset is about to decide on.
    control(PR_SET_KEEPCAPS, 1),
    { name: "setresuid", args: [uid, uid, uid] },
    ...capabilitySteps(capabilities, available),
    control(PR_SET_KEEPCAPS, 0),
    // Not before: the kernel forgets it whenever the identity changes.
    ...options.endsWithParent ? [control(PR_SET_PDEATHSIG, Signal.SIGKILL)] : [],
    { name: "close_range", args: [3, LAST_DESCRIPTOR, CLOSE_RANGE_CLOEXEC] },
    ...process.noNewPrivileges ? filter : [],
    executeStep(process, home, options.lookUp),
  ];
}

/**
 * Takes the steps: gives up what the command must not have, and becomes the command.
 *
 * @param process The process's configuration.
 * @param identity Who it runs as.
 * @param options How.
 * @throws {EngineError} As {@linkcode executionSteps} and {@linkcode createInitProgram}.
 * @throws {SyscallError} The kernel refused a step.
 */
export function executeAs(
  process: SpecProcess,
  identity: Identity,
  { ownInit, ...options }: InitExecutionOptions = {},
): never {
  resetSignals();
  const steps = executionSteps(process, identity, options);
  if (ownInit) {
    const execute = steps.pop()!;
    const program = createInitProgram(execute, (errno) => failureReport(process, execute, errno));
    steps.push(...initSteps(execute, `/proc/self/fd/${program}`));
  }
  // Everything at once beforehand: under the filter, this runtime should have little left to do.
  const calls = steps.map(prepareSystemCall);
  const execute = calls.pop()!;
  for (const call of calls) call();
  try {
    execute();
  } catch (error) {
    throw executeError(process.args[0]!, error);
  }
  throw new Error("execve returned");
}

/** What the init program says in place of the init that becomes it. */
function failureReport(
  process: SpecProcess,
  execute: SystemCall,
  errno: number,
): Uint8Array<ArrayBuffer> {
  const error = stepError(process, execute, errno);
  return encodeInitMessage({ kind: "failed", error: error.kind, message: describeError(error) });
}

function control(option: number, ...args: number[]): SystemCall {
  return { name: "prctl", args: [option, ...args] };
}

function rlimitStep(
  { hard, soft, type }: { type: string; soft: number; hard: number },
): SystemCall {
  const resource = Object.hasOwn(Rlimit, type) ? Rlimit[type as keyof typeof Rlimit] : undefined;
  if (resource === undefined) {
    throw new EngineError(`Cannot set the limit "${type}": it is unknown`, { kind: "invalid" });
  }
  return {
    name: "prlimit64",
    args: [0, resource, BigUint64Array.from([soft, hard], limitWord), 0],
    purpose: `setting ${type} to ${soft}:${hard} (raising a hard limit needs CAP_SYS_RESOURCE): ` +
      `error setting rlimit type ${resource}`,
  };
}

/** RLIM_INFINITY is 2 ** 64 - 1, which numbers of JSON cannot hold; what they hold in its place is. */
function limitWord(limit: number): bigint {
  return limit < 0 || limit >= 2 ** 63 ? 2n ** 64n - 1n : BigInt(limit);
}

function capabilitySteps(capabilities: SpecCapabilities, available: bigint): SystemCall[] {
  const mask = (names: readonly string[] = []) => capabilityMask(names) & available;
  const sets = [capabilities.effective, capabilities.permitted, capabilities.inheritable].map(mask);
  // struct __user_cap_data_struct[2]: the lower words of the sets, then the upper ones.
  const words = [0n, 32n].flatMap((shift) =>
    sets.map((set) => Number((set >> shift) & 0xffffffffn))
  );
  return [
    { name: "capset", args: [Uint32Array.of(CAPABILITY_VERSION, 0), Uint32Array.from(words)] },
    control(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0),
    ...numbersOf(mask(capabilities.ambient))
      .map((number) => control(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0)),
  ];
}

function numbersOf(mask: bigint): number[] {
  return CAPABILITIES.filter((number) => (mask >> BigInt(number)) & 1n);
}

function executeStep(process: SpecProcess, home: string, lookUp?: PathLookup): SystemCall {
  const env = process.env.some((entry) => entry.startsWith("HOME="))
    ? process.env
    : [...process.env, `HOME=${home}`];
  const path = env.findLast((entry) => entry.startsWith("PATH="))?.slice(5) ?? DEFAULT_PATH;
  const executable = findCommand(process.args[0]!, path, lookUp);
  return { name: "execve", args: [executable, process.args, env] };
}

/**
 * Says why one of the steps failed, in a process that could only tell which.
 *
 * @param process The process's configuration.
 * @param call The call that failed.
 * @param errno The error number.
 * @returns The error, without the container's name.
 */
export function stepError(process: SpecProcess, call: SystemCall, errno: number): EngineError {
  if (call.name === "execve") {
    return executeError(process.args[0]!, new SyscallError(call.name, "", errno));
  }
  const text = call.purpose === CHANGES_DIRECTORY
    ? `chdir to cwd ("${process.cwd}") set in config.json failed: ${errnoText(errno)}`
    : `${call.purpose ?? call.name}: ${errnoText(errno)}`;
  return new EngineError(text, { kind: "system" });
}
