/**
 * What joins a running container and becomes one more command in it.
 *
 * It is a list of system calls, put together here and done by a process that can do nothing else: so
 * nothing of ours is ever within a container's reach. The executable of that process is sealed, and
 * no file of the host (CVE-2019-5736); nobody can look into it (CVE-2016-9962); it is born in the
 * container's PID namespace once it is in all others.
 *
 * @module
 */

import {
  type CallProgram,
  CloneFlag,
  errnoText,
  OpenFlag,
  reachedCall,
  Resolve,
  Signal,
  SyscallError,
  type SystemCall,
} from "../../ffi/mod.ts";
import { EngineError } from "../errors.ts";
import { executeError } from "./command_path.ts";
import type { ContainerRoot } from "./container_root.ts";
import { executionSteps } from "./execute.ts";
import type { Identity } from "./identity.ts";
import type { SystemCallFilter } from "./seccomp.ts";
import { labelWrites } from "./security_label.ts";
import type { SpecProcess } from "./spec.ts";

/** The descriptors the process is started with, besides the standard ones. */
export const JoinFd = {
  /** Where it reports. */
  REPORT: 3,
  /** A pidfd of the container's PID 1. */
  CONTAINER: 4,
} as const;

/** The cgroup to be in. */
export type JoinedCgroup =
  | {
    /** Files of the host to write `0` to (v1): a process with one thread moves itself at once. */
    files: readonly string[];
  }
  | {
    /** The folder of the host (v2): the command is born there. */
    folder: string;
  };

/** What joins, and what it becomes. */
export interface JoinOptions {
  /** The command, as the container's configuration would have it. */
  process: SpecProcess;
  /** Who it runs as. */
  identity: Identity;
  /** The container's root. */
  root: ContainerRoot;
  /** Where it is placed. */
  cgroup: JoinedCgroup;
  /** Whether the container has a user namespace of its own. */
  hasUserNamespace: boolean;
  /** Which system calls the command may make; all where absent. */
  filter?: SystemCallFilter | undefined;
  /** Whether the command is killed when the thread that started it ends. */
  endsWithParent: boolean;
}

const PR_SET_DUMPABLE = 4;
const TIOCSCTTY = 0x540e;
const AT_FDCWD = -100;
const LAST_DESCRIPTOR = 0xffffffff;
// linux/sched.h
const CLONE_PARENT = 0x8000;
const CLONE_INTO_CGROUP = 0x200000000n;
const CHANGES_DIRECTORY = "changing the working directory";

/**
 * Lists what joins a container.
 *
 * @param options What joins, and what it becomes.
 * @returns The program, to be started with the descriptors of {@linkcode JoinFd}.
 * @throws {EngineError} `commandNotFound` or `commandNotExecutable`.
 */
export function joinProgram(options: JoinOptions): CallProgram {
  const { cgroup, identity, process, root } = options;
  const free = JoinFd.CONTAINER + 1;
  const namespaces = NAMESPACES | (options.hasUserNamespace ? CloneFlag.NEWUSER : 0);
  const { oomScoreAdj } = process;
  return {
    before: [
      // What this process may have inherited without anyone's intention; from here on it is known
      // which descriptor an open returns.
      { name: "close_range", args: [free, LAST_DESCRIPTOR, 0] },
      { name: "prctl", args: [PR_SET_DUMPABLE, 0] },
      ...oomScoreAdj === undefined
        ? []
        : writeFile("/proc/self/oom_score_adj", `${oomScoreAdj}`, free),
      ...labelWrites(process).flatMap(({ path, text }) => writeFile(path, text, free)),
      ..."files" in cgroup ? cgroup.files.flatMap((path) => writeFile(path, "0", free)) : [],
      ..."folder" in cgroup ? [openFile(cgroup.folder, OpenFlag.PATH | OpenFlag.DIRECTORY)] : [],
      // All at once, and exactly those of the process that was looked at: a pidfd cannot come to mean
      // another one (Linux 5.8).
      { name: "setns", args: [JoinFd.CONTAINER, namespaces] },
    ],
    // The PID namespace is that of children only; the child is a child of ours (CLONE_PARENT).
    fork: "folder" in cgroup ? forkInto(free) : {
      name: "clone",
      args: [CLONE_PARENT | Signal.SIGCHLD],
    },
    child: [
      { name: "close_range", args: [JoinFd.CONTAINER, LAST_DESCRIPTOR, 0] },
      { name: "setsid", args: [] },
      ...process.terminal ? [{ name: "ioctl", args: [0, TIOCSCTTY, 0] } as const] : [],
      ...changeDirectory(process.cwd, JoinFd.CONTAINER),
      reachedCall(JoinFd.REPORT),
      ...executionSteps(process, identity, {
        endsWithParent: options.endsWithParent,
        filter: options.filter,
        lookUp: (path) => root.lookUp(path.startsWith("/") ? path : `${process.cwd}/${path}`),
      }),
    ],
  };
}

const NAMESPACES = CloneFlag.NEWCGROUP | CloneFlag.NEWIPC | CloneFlag.NEWNET | CloneFlag.NEWNS |
  CloneFlag.NEWPID | CloneFlag.NEWUTS;

/** @param fd The lowest free descriptor. */
function writeFile(path: string, text: string, fd: number): SystemCall[] {
  const bytes = new TextEncoder().encode(text);
  return [
    openFile(path, OpenFlag.WRONLY),
    { name: "write", args: [fd, bytes, bytes.length], purpose: `writing to "${path}"` },
    { name: "close", args: [fd] },
  ];
}

function openFile(path: string, flags: number): SystemCall {
  return { name: "openat", args: [AT_FDCWD, path, flags], purpose: `opening "${path}"` };
}

function forkInto(cgroup: number): SystemCall {
  // struct clone_args (clone(2)): flags, eight words that are 0 here, set_tid, its size, cgroup.
  const args = new BigUint64Array(11);
  args[0] = BigInt(CLONE_PARENT) | CLONE_INTO_CGROUP;
  args[10] = BigInt(cgroup);
  return { name: "clone3", args: [args, args.byteLength] };
}

/** Magic links are refused, so `/proc/self/fd/N` cannot lead to the host (CVE-2024-21626). */
function changeDirectory(path: string, fd: number): SystemCall[] {
  // struct open_how (openat2(2)): flags, mode, resolve.
  const flags = OpenFlag.PATH | OpenFlag.DIRECTORY | OpenFlag.CLOEXEC;
  const how = BigUint64Array.of(BigInt(flags), 0n, BigInt(Resolve.NO_MAGICLINKS));
  const purpose = CHANGES_DIRECTORY;
  return [
    { name: "openat2", args: [AT_FDCWD, path, how, how.byteLength], purpose },
    { name: "fchdir", args: [fd], purpose },
    { name: "close", args: [fd] },
  ];
}

/**
 * Says why a command could not join a container.
 *
 * @param process The command.
 * @param call The call that failed.
 * @param errno The error number.
 * @returns The error, without the container's name.
 */
export function joinError(process: SpecProcess, call: SystemCall, errno: number): EngineError {
  if (call.name === "execve") {
    return executeError(process.args[0]!, new SyscallError(call.name, "", errno));
  }
  const text = call.purpose === CHANGES_DIRECTORY
    ? `chdir to cwd ("${process.cwd}") set in config.json failed: ${errnoText(errno)}`
    : `${call.purpose ?? call.name}: ${errnoText(errno)}`;
  return new EngineError(text, { kind: "system" });
}
