/**
 * Starting init by way of a program that can do nothing but make a list of system calls.
 *
 * It goes first where the container has a user namespace: a process with several threads, as this
 * runtime always has, cannot enter one. It unshares the namespace, waits for its parent to map the
 * owners, and its child, born as PID 1, becomes init. That one is still the host's root to the file
 * system then, without any right beyond those of an owner: so it can open its own files and the
 * bundle. It keeps its rights over the namespace through the execve as ambient ones, and becomes the
 * namespace's own root once it has mounted the container's.
 *
 * It also goes first where init is to have a witness (lib/container/life/witness.ts): that is the program,
 * which stays as init's parent.
 *
 * @module
 */

import {
  type CallReport,
  CloneFlag,
  close,
  createSealedExecutable,
  encodeProgram,
  kill,
  knownCapabilities,
  OpenFlag,
  pipe,
  reachedCall,
  Signal,
  spawn,
  type SystemCall,
  waitFor,
  writeAll,
} from "../../../ffi/mod.ts";
import { openChild } from "../../process/mod.ts";
import { CLONE_PARENT, closeAndHide, LAST_DESCRIPTOR, openFile, stay } from "../init/call_steps.ts";
import { InitFd } from "../init/messages.ts";
import type { UserNamespace } from "../user/id_mappings.ts";
import type { SpecNamespace } from "../spec/spec.ts";
import {
  type ReportReader,
  startError,
  takeReport,
  writeMappings,
} from "../user/user_namespace.ts";

/** What is to become init. */
export interface StarterOptions {
  /** Init's executable, arguments, environment and descriptors, as `spawn` takes them. */
  command: {
    path: string;
    args: readonly string[];
    env: Readonly<Record<string, string>>;
    fds: Readonly<Record<number, number>>;
    blockedSignals: readonly number[];
  };
  /** The user namespace; absent where it is ours. */
  user: UserNamespace | undefined;
  /** The PID namespace: a new one, one to join, or where absent ours. */
  pid: SpecNamespace | undefined;
  /** Whether it gets a network namespace, which the user namespace's root has all rights over. */
  network: boolean;
  /** The name of the process that stays as init's parent; absent where this process is that. */
  witness: string | undefined;
}

/** An init that was started. */
export interface StartedInit {
  /** Its pid on the host. */
  pid: number;
  /** A descriptor of its user namespace, where that is not ours. */
  userNamespace?: number;
}

/** Besides init's own descriptors: where the program reports, and where it waits for its parent. */
function starterDescriptors({ fds }: StarterOptions["command"]): { report: number; go: number } {
  const free = Math.max(InitFd.ORDERS, ...Object.keys(fds).map(Number)) + 1;
  return { report: free, go: free + 1 };
}

const NAME = "tsd-start";
// linux/prctl.h, linux/capability.h
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_RAISE = 2;
const CAPABILITY_VERSION = 0x20080522;
const CLOSE_RANGE_CLOEXEC = 4;

/**
 * Starts init by way of a program.
 *
 * @param options What is to become init, and how.
 * @returns Init; a child of this process, or of its witness.
 * @throws {EngineError} `unavailable`: the kernel gives no user namespace.
 * @throws {SyscallError} It cannot be started.
 */
export function startByProgram(options: StarterOptions): StartedInit {
  const { command, user, witness } = options;
  const report = pipe();
  const go = pipe();
  const own = starterDescriptors(command);
  const { bytes, readReport } = encodeProgram(starterProgram(options), own.report);
  const name = witness ?? NAME;
  const executable = createSealedExecutable(name, bytes);
  let starter: number | undefined;
  let userNamespace: number | undefined;
  let isStaying = false;
  try {
    starter = spawn({
      path: `/proc/self/fd/${executable}`,
      args: [name],
      env: {},
      fds: { ...command.fds, [own.report]: report.write, [own.go]: go.read },
      newSession: true,
      blockedSignals: command.blockedSignals,
    });
    close(report.write);
    const first = takeReport(report.read, readReport);
    if (first?.kind !== "reached") throw startError(first);
    if (user) {
      using process = openChild(starter);
      userNamespace = process.open("ns/user");
      if (user.path === undefined) writeMappings(process, user);
    }
    writeAll(go.write, new Uint8Array(1));
    const pid = awaitInit(report.read, readReport, witness === undefined);
    isStaying = witness !== undefined;
    return { pid, ...userNamespace !== undefined && { userNamespace } };
  } catch (error) {
    if (userNamespace !== undefined) close(userNamespace);
    if (starter === undefined) close(report.write);
    // It may be waiting, or stay as a witness.
    else kill(starter, Signal.SIGKILL);
    throw error;
  } finally {
    [executable, report.read, go.read, go.write].forEach(close);
    if (starter !== undefined && !isStaying) waitFor(starter);
  }
}

/** The two sides of the fork report in any order; the pipe is closed once init is executed. */
function awaitInit(fd: number, readReport: ReportReader, isChild: boolean): number {
  let pid: number | undefined;
  let failure: CallReport | undefined;
  for (let next; (next = takeReport(fd, readReport)) !== undefined;) {
    if (next.kind === "forked") pid = next.pid;
    else failure = next;
  }
  if (pid !== undefined && failure === undefined) return pid;
  if (pid !== undefined && isChild) waitFor(pid);
  throw startError(failure);
}

/** The program that goes first. */
function starterProgram({ command, network, pid, user, witness }: StarterOptions): {
  before: SystemCall[];
  fork: SystemCall;
  parent: SystemCall[];
  child: SystemCall[];
} {
  const isWitness = witness !== undefined;
  const own = starterDescriptors(command);
  return {
    before: [
      ...closeAndHide(own.go + 1),
      ...enterNamespaces({ user, pid, network, free: own.go + 1 }),
      reachedCall(own.report),
      { name: "read", args: [own.go, new Uint8Array(8), 1] },
    ],
    // Without a witness, the child is a child of whoever started this program.
    fork: { name: "clone", args: [(isWitness ? 0 : CLONE_PARENT) | Signal.SIGCHLD] },
    parent: isWitness ? stay() : [],
    child: [
      { name: "setsid", args: [] },
      // On exec: until then a failure is reported there.
      { name: "close_range", args: [own.report, LAST_DESCRIPTOR, CLOSE_RANGE_CLOEXEC] },
      ...user ? keepCapabilities() : [],
      {
        name: "execve",
        args: [
          command.path,
          command.args,
          Object.entries(command.env).map(([key, value]) => `${key}=${value}`),
        ],
        purpose: "starting init",
      },
    ],
  };
}

/** For after the execve of someone who is not the user namespace's root yet. */
function keepCapabilities(): SystemCall[] {
  const capabilities = knownCapabilities();
  return [
    // struct __user_cap_data_struct[2]: effective, permitted and inheritable, lower words first.
    {
      name: "capset",
      args: [
        Uint32Array.of(CAPABILITY_VERSION, 0),
        Uint32Array.from(
          [0n, 32n].flatMap((shift) => {
            const word = Number((capabilities >> shift) & 0xffffffffn);
            return [word, word, word];
          }),
        ),
      ],
    },
    ...Array.from({ length: 64 }, (_, number) => number)
      .filter((number) => (capabilities >> BigInt(number)) & 1n)
      .map((number): SystemCall => ({
        name: "prctl",
        args: [PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0],
      })),
  ];
}

/** All files are opened first: from within a user namespace they may not be. */
function enterNamespaces(
  { free, network, pid, user }: Pick<StarterOptions, "network" | "pid" | "user"> & {
    /** The lowest free descriptor. */
    free: number;
  },
): SystemCall[] {
  const wanted = [
    ...user ? [{ path: user.path, flag: CloneFlag.NEWUSER }] : [],
    ...pid ? [{ path: pid.path, flag: CloneFlag.NEWPID }] : [],
    ...network ? [{ path: undefined, flag: CloneFlag.NEWNET }] : [],
  ];
  const joined = wanted.flatMap(({ flag, path }) => path === undefined ? [] : [{ flag, path }]);
  const created = wanted.filter(({ path }) => path === undefined)
    .reduce((flags, { flag }) => flags | flag, 0);
  return [
    ...joined.map(({ path }) => openFile(path, OpenFlag.RDONLY)),
    ...joined.map(({ flag }, index): SystemCall => ({
      name: "setns",
      args: [free + index, flag],
    })),
    ...created === 0 ? [] : [{ name: "unshare", args: [created] } as const],
  ];
}
