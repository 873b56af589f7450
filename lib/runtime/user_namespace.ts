/**
 * Starting init in a user namespace: root in the container is nobody on the host.
 *
 * A process with several threads, as this runtime always has, cannot enter a user namespace. So a
 * program that can do nothing but make a list of system calls goes first: it unshares the namespace,
 * waits for its parent to map the owners, and its child, born as PID 1, becomes init.
 *
 * Init is still the host's root to the file system then, without any right beyond those of an owner:
 * so it can open its own files and the bundle. It keeps its rights over the namespace through the
 * execve as ambient ones, and becomes the namespace's own root once it has mounted the container's.
 *
 * @module
 */

import {
  type CallReport,
  CloneFlag,
  close,
  createSealedExecutable,
  encodeProgram,
  errnoText,
  knownCapabilities,
  makeSystemCall,
  open,
  OpenFlag,
  pipe,
  reachedCall,
  read,
  REPORT_SIZE,
  Signal,
  spawn,
  type SystemCall,
  waitFor,
  writeAll,
} from "../../ffi/mod.ts";
import { EngineError } from "../errors.ts";
import { closeAndHide, LAST_DESCRIPTOR, openFile } from "./call_steps.ts";
import { InitFd } from "./messages.ts";
import type { UserNamespace } from "./id_mappings.ts";
import type { SpecIdMapping, SpecNamespace } from "./spec.ts";

/** What is to become init. */
export interface UserNamespaceStart {
  /** Init's executable, arguments, environment and descriptors, as `spawn` takes them. */
  command: {
    path: string;
    args: readonly string[];
    env: Readonly<Record<string, string>>;
    fds: Readonly<Record<number, number>>;
  };
  /** The user namespace. */
  user: UserNamespace;
  /** The PID namespace: a new one, or one to join. */
  pid: SpecNamespace;
  /** Whether it gets a network namespace, which the user namespace's root has all rights over. */
  network: boolean;
}

/** An init that was started in a user namespace. */
export interface StartedInit {
  /** Its pid on the host. */
  pid: number;
  /** A descriptor of the user namespace. */
  userNamespace: number;
}

// Besides init's own descriptors: where the program reports, and where it waits for its parent.
const StarterFd = { REPORT: InitFd.ORDERS + 1, GO: InitFd.ORDERS + 2 } as const;
const NAME = "tsd-start";
// linux/sched.h, linux/prctl.h, linux/capability.h
const CLONE_PARENT = 0x8000;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_RAISE = 2;
const CAPABILITY_VERSION = 0x20080522;
const CLOSE_RANGE_CLOEXEC = 4;

/**
 * Starts init in a user namespace.
 *
 * @param start What is to become init.
 * @returns Init; it is this process's child.
 * @throws {EngineError} `unavailable`: the kernel gives no user namespace.
 * @throws {SyscallError} It cannot be started.
 */
export function startInUserNamespace(start: UserNamespaceStart): StartedInit {
  const report = pipe();
  const go = pipe();
  const { bytes, readReport } = encodeProgram(starterProgram(start), StarterFd.REPORT);
  const executable = createSealedExecutable(NAME, bytes);
  let starter: number | undefined;
  let userNamespace: number | undefined;
  try {
    starter = spawn({
      path: `/proc/self/fd/${executable}`,
      args: [NAME],
      env: {},
      fds: { ...start.command.fds, [StarterFd.REPORT]: report.write, [StarterFd.GO]: go.read },
      newSession: true,
    });
    close(report.write);
    const first = takeReport(report.read, readReport);
    if (first?.kind !== "reached") throw startError(first);
    userNamespace = open(`/proc/${starter}/ns/user`, OpenFlag.RDONLY);
    if (start.user.path === undefined) writeMappings(starter, start.user);
    writeAll(go.write, new Uint8Array(1));
    return { pid: awaitInit(report.read, readReport), userNamespace };
  } catch (error) {
    if (userNamespace !== undefined) close(userNamespace);
    if (starter === undefined) close(report.write);
    throw error;
  } finally {
    // Where it still waits, it finds the pipe closed and ends.
    [executable, report.read, go.read, go.write].forEach(close);
    if (starter !== undefined) waitFor(starter);
  }
}

/**
 * Makes a user namespace that nobody is in.
 *
 * @param user Whom its users are.
 * @returns A descriptor of it; it goes with the last one.
 * @throws {EngineError} `unavailable`: the kernel gives no user namespace.
 * @throws {SyscallError} No process can be started.
 */
export function openUserNamespace(user: UserNamespace): number {
  const report = pipe();
  const go = pipe();
  const before: SystemCall[] = [
    { name: "unshare", args: [CloneFlag.NEWUSER] },
    reachedCall(StarterFd.REPORT),
    { name: "read", args: [StarterFd.GO, new Uint8Array(8), 1] },
  ];
  // It ends where others go on in two.
  const program = { before, fork: { name: "exit_group", args: [0] } as const, child: [] };
  const { bytes, readReport } = encodeProgram(program, StarterFd.REPORT);
  const executable = createSealedExecutable(NAME, bytes);
  let holder: number | undefined;
  try {
    holder = spawn({
      path: `/proc/self/fd/${executable}`,
      args: [NAME],
      env: {},
      fds: { [StarterFd.REPORT]: report.write, [StarterFd.GO]: go.read },
    });
    const first = takeReport(report.read, readReport);
    if (first?.kind !== "reached") throw startError(first);
    writeMappings(holder, user);
    return open(`/proc/${holder}/ns/user`, OpenFlag.RDONLY);
  } finally {
    // It finds the pipe closed, and ends.
    [executable, report.read, report.write, go.read, go.write].forEach(close);
    if (holder !== undefined) waitFor(holder);
  }
}

/** The two sides of the fork report in any order; the pipe is closed once init is executed. */
function awaitInit(fd: number, readReport: ReportReader): number {
  let pid: number | undefined;
  let failure: CallReport | undefined;
  for (let next; (next = takeReport(fd, readReport)) !== undefined;) {
    if (next.kind === "forked") pid = next.pid;
    else failure = next;
  }
  if (pid !== undefined && failure === undefined) return pid;
  if (pid !== undefined) waitFor(pid);
  throw startError(failure);
}

/** The program that goes first. */
function starterProgram({ command, network, pid, user }: UserNamespaceStart): {
  before: SystemCall[];
  fork: SystemCall;
  child: SystemCall[];
} {
  const capabilities = knownCapabilities();
  return {
    before: [
      ...closeAndHide(StarterFd.GO + 1),
      ...enterNamespaces(user.path, pid.path, network),
      reachedCall(StarterFd.REPORT),
      { name: "read", args: [StarterFd.GO, new Uint8Array(8), 1] },
    ],
    // The child is a child of whoever started this program.
    fork: { name: "clone", args: [CLONE_PARENT | Signal.SIGCHLD] },
    child: [
      { name: "setsid", args: [] },
      // On exec: until then a failure is reported there.
      { name: "close_range", args: [StarterFd.REPORT, LAST_DESCRIPTOR, CLOSE_RANGE_CLOEXEC] },
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

/** Both files are opened first: from within the user namespace they may not be. */
function enterNamespaces(
  user: string | undefined,
  pid: string | undefined,
  network: boolean,
): SystemCall[] {
  const created = (user === undefined ? CloneFlag.NEWUSER : 0) |
    (pid === undefined ? CloneFlag.NEWPID : 0) | (network ? CloneFlag.NEWNET : 0);
  const joined = [
    ...user === undefined ? [] : [{ path: user, flag: CloneFlag.NEWUSER }],
    ...pid === undefined ? [] : [{ path: pid, flag: CloneFlag.NEWPID }],
  ];
  return [
    ...joined.map(({ path }) => openFile(path, OpenFlag.RDONLY)),
    ...joined.map(({ flag }, index): SystemCall => ({
      name: "setns",
      args: [StarterFd.GO + 1 + index, flag],
    })),
    ...created === 0 ? [] : [{ name: "unshare", args: [created] } as const],
  ];
}

type ReportReader = (report: DataView) => CallReport;

/** The next report; nothing at the end. */
function takeReport(fd: number, readReport: ReportReader): CallReport | undefined {
  const buffer = new Uint8Array(REPORT_SIZE);
  return read(fd, buffer) === REPORT_SIZE ? readReport(new DataView(buffer.buffer)) : undefined;
}

function startError(report: CallReport | undefined): EngineError {
  if (report?.kind !== "failed") {
    return new EngineError("the process that enters the user namespace was killed", {
      kind: "system",
    });
  }
  const { call, errno } = report;
  if (call.name === "unshare") {
    return new EngineError(
      `the kernel gives no user namespace (${errnoText(errno)}): raise ` +
        `/proc/sys/user/max_user_namespaces, or run with --userns host`,
      { kind: "unavailable" },
    );
  }
  return new EngineError(`${call.purpose ?? call.name}: ${errnoText(errno)}`, { kind: "system" });
}

/** One write each (user_namespaces(7)). */
function writeMappings(pid: number, { gidMappings, uidMappings }: UserNamespace): void {
  const text = (mappings: readonly SpecIdMapping[]) =>
    mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join("");
  Deno.writeTextFileSync(`/proc/${pid}/gid_map`, text(gidMappings));
  Deno.writeTextFileSync(`/proc/${pid}/uid_map`, text(uidMappings));
}

/**
 * Makes the calling thread the root of its user namespace, whose capabilities it has already.
 *
 * @throws {SyscallError} The kernel refused.
 */
export function becomeNamespaceRoot(): void {
  // By system call: libc's functions would have the other threads follow.
  makeSystemCall({ name: "setgroups", args: [0, new Uint32Array(1)] });
  makeSystemCall({ name: "setresgid", args: [0, 0, 0] });
  makeSystemCall({ name: "setresuid", args: [0, 0, 0] });
}
