/**
 * A container's first process that makes system calls and nothing else, until it is the command.
 *
 * It is there so that there are namespaces; what is in them, its parent sets up meanwhile: a thread of
 * the parent enters them, mounts everything, and leaves again. So no second start of this runtime is
 * needed, and nothing of ours is ever executed inside the container.
 *
 * ```text
 * parent                                    bare init
 *   |-- posix_spawn ------------------------->| enters or creates a PID namespace for its child
 *   |                                         | clone: born in the cgroup (v2), child of our parent,
 *   |                                         |   or of a witness (lib/container/life/witness.ts)
 *   |<------------------------------ "forked" |------------------> child, PID 1
 *   |                                                                | enters its cgroup (v1)
 *   |                                                                | enters and creates namespaces
 *   |                                                                | creates /proc, not mounted yet
 *   |<--------------------------------------------------- "reached" --|
 *   |   enters them, takes hold of /proc, mounts, leaves             | waits
 *   |-- what to do, the terminal ----------------------------------->| gives up all it must not have
 *   |<----------------------------------------------- end of file ---| execve
 * ```
 *
 * @module
 */

import {
  AT_FDCWD,
  type CallProgram,
  CloneFlag,
  close,
  continuationReport,
  FSCONFIG_CMD_CREATE,
  FSMOUNT_CLOEXEC,
  FSOPEN_CLOEXEC,
  OpenFlag,
  pidfdGetfd,
  reachedCall,
  setMountAttributes,
  type SystemCall,
} from "../../../ffi/mod.ts";
import type { CgroupEntry } from "../../cgroup/mod.ts";
import {
  changeDirectory,
  closeAndHide,
  enterCgroup,
  forkInto,
  LAST_DESCRIPTOR,
  openFile,
  stay,
  takeTerminal,
  writeFile,
} from "./call_steps.ts";
import { type SetUpContainer, setUpContainer } from "./container_setup.ts";
import { executionSteps } from "./execute.ts";
import { insideContainer } from "./inside.ts";
import { NAMESPACE_FLAG, namespaceFlags } from "../spec/namespace_kinds.ts";
import { createInitProgram, initSteps } from "./own_init.ts";
import { giveStreamsTo } from "./process_user.ts";
import { ProgramFd } from "./program_launch.ts";
import { systemCallFilter } from "./seccomp.ts";
import { labelWrites } from "./security_label.ts";
import { Annotation, type Spec, type SpecMount, type SpecNamespace } from "../spec/spec.ts";

/** Its lowest descriptor besides those it is started with. */
const FREE = ProgramFd.SUBJECT + 1;
/** The first of the descriptors that come with what it is to do, behind that itself. */
const RECEIVED = FREE + 1;
// linux/mount.h
const FSCONFIG_SET_STRING = 1;

/** What a bare init begins with. */
export interface BareInitOptions {
  /** The container's configuration. */
  spec: Spec;
  /** The container's namespaces: the configuration's, or those joined in their place. */
  namespaces: readonly SpecNamespace[];
  /** Where it is placed. */
  cgroup: CgroupEntry;
  /**
   * Where what leads to it stays, as its parent that never waits for it: a mount namespace, as a path.
   * So how it ended can be read until that one is killed. Absent where nobody stays.
   */
  witnessMounts: string | undefined;
}

/**
 * Lists what a bare init begins with.
 *
 * @param options What the container is to be.
 * @returns The program; its subject is a socket that {@linkcode prepareCommand}'s result comes through.
 */
export function bareInitProgram(
  { cgroup, namespaces, spec, witnessMounts }: BareInitOptions,
): CallProgram {
  const { before, fork } = forkInto(cgroup, FREE, witnessMounts ? "process" : "grandparent");
  const others = namespaces.filter(({ type }) => type !== "pid");
  const created = others.filter(({ path }) => path === undefined).map(({ type }) => type);
  const { oomScoreAdj } = spec.process;
  return {
    before: [
      ...closeAndHide(FREE),
      ...namespaces.filter(({ type }) => type === "pid").flatMap(pidNamespace),
      ...before,
    ],
    fork,
    // Ours would be there as long as it is, with the devices that are mounted in it.
    parent: witnessMounts
      ? [
        { name: "close_range", args: [FREE, LAST_DESCRIPTOR, 0] },
        ...joinCalls({ type: "mount", path: witnessMounts }),
        ...stay(),
      ]
      : [],
    child: [
      { name: "close_range", args: [FREE, LAST_DESCRIPTOR, 0] },
      { name: "setsid", args: [] },
      ...oomScoreAdj === undefined
        ? []
        : writeFile("/proc/self/oom_score_adj", `${oomScoreAdj}`, FREE),
      // It takes effect with the execve.
      ...labelWrites(spec.process).flatMap(({ path, text }) => writeFile(path, text, FREE)),
      // Before its cgroup namespace, which has as its root whatever cgroup its creator is in.
      ...enterCgroup(cgroup, FREE),
      ...others.flatMap(joinCalls),
      { name: "unshare", args: [namespaceFlags(created)], purpose: created.join(", ") },
      ...procMounts(spec).flatMap(createProc),
      reachedCall(ProgramFd.REPORT),
    ],
    continuation: { socket: ProgramFd.SUBJECT, free: FREE },
  };
}

/** Its child is in it; it is not itself. */
function pidNamespace(namespace: SpecNamespace): SystemCall[] {
  if (namespace.path !== undefined) return joinCalls(namespace);
  return [{ name: "unshare", args: [CloneFlag.NEWPID], purpose: "pid" }];
}

function joinCalls({ path, type }: SpecNamespace): SystemCall[] {
  if (path === undefined) return [];
  return [
    openFile(path, OpenFlag.RDONLY),
    { name: "setns", args: [FREE, NAMESPACE_FLAG[type]], purpose: `joining "${path}"` },
    { name: "close", args: [FREE] },
  ];
}

/** Only a process of a PID namespace can create the `/proc` that shows it. */
function procMounts(spec: Spec): SpecMount[] {
  return spec.mounts.filter(({ type }) => type === "proc");
}

function createProc(): SystemCall[] {
  const purpose = "creating /proc";
  return [
    { name: "fsopen", args: ["proc", FSOPEN_CLOEXEC], purpose },
    { name: "fsconfig", args: [FREE, FSCONFIG_SET_STRING, "source", "proc", 0], purpose },
    { name: "fsconfig", args: [FREE, FSCONFIG_CMD_CREATE, 0, 0, 0], purpose },
    { name: "fsmount", args: [FREE, FSMOUNT_CLOEXEC, 0], purpose },
    { name: "close", args: [FREE] },
  ];
}

/** Its number in the bare init: the lowest one belongs to the file system's making. */
function procDescriptor(spec: Spec, mount: SpecMount): number {
  return FREE + 1 + procMounts(spec).indexOf(mount);
}

/** What a container is set up from, whose bare init waits. */
export interface CommandOptions {
  /** The bundle's folder, absolute. */
  bundle: string;
  /** Its configuration. */
  spec: Spec;
  /** The container's namespaces. */
  namespaces: readonly SpecNamespace[];
  /** Refers to the bare init. */
  pidfd: number;
  /** The host's mount namespace, as a path. */
  hostMounts: string;
  /** The init's standard streams, as descriptors of ours; standard input is none of the host's files. */
  streams: readonly number[];
  /** Whether it has a standard input. */
  hasInput: boolean;
}

/** What a bare init goes on with. */
export interface PreparedCommand {
  /** What it does. */
  calls: readonly SystemCall[];
  /** What it needs for that. */
  descriptors: readonly number[];
  /** The master side of the container's terminal, where it has one. */
  terminal: number | undefined;
}

/**
 * Sets a container up, and lists what its bare init does then to become the command.
 *
 * @param options What it is set up from.
 * @returns What init goes on with; its descriptors are to be closed once they were sent.
 * @throws {EngineError} It cannot be set up.
 */
export function prepareCommand(options: CommandOptions): PreparedCommand {
  const { bundle, hostMounts, namespaces, pidfd, spec } = options;
  const types = namespaces.map(({ type }) => type);
  return insideContainer(pidfd, types, () => {
    const container = setUpContainer({
      ...{ bundle, hostMounts, spec },
      hasNewNetwork: namespaces.some(({ path, type }) => type === "network" && path === undefined),
      create: (mount, attributes) => {
        if (mount.type !== "proc") return undefined;
        const fd = pidfdGetfd(pidfd, procDescriptor(spec, mount));
        setMountAttributes(fd, attributes, false);
        return fd;
      },
    });
    const { terminal } = container;
    try {
      if (!terminal) giveStreamsTo(container.identity.uid, options.streams);
      return { ...commandCalls(options, container), terminal: terminal?.master };
    } catch (error) {
      if (terminal) [terminal.master, terminal.slave].forEach(close);
      throw error;
    }
  });
}

function commandCalls(
  { hasInput, spec }: CommandOptions,
  { hasOwnDev, identity, terminal }: SetUpContainer,
): { calls: SystemCall[]; descriptors: number[] } {
  const descriptors = terminal ? [terminal.slave] : [];
  const calls = [
    ...terminal ? useTerminal() : hasInput || !hasOwnDev ? [] : useNullDevice(),
    ...changeDirectory(spec.process.cwd, FREE),
    ...executionSteps(spec.process, identity, { filter: systemCallFilter(spec) }),
  ];
  if (!(Annotation.INIT in (spec.annotations ?? {}))) return { calls, descriptors };
  const execute = calls.pop()!;
  // Two steps take its place, and whatever fails is said of the last one.
  const report = (errno: number) => continuationReport(calls.length + 1, errno);
  const program = createInitProgram(execute, report);
  const path = `/proc/self/fd/${RECEIVED + descriptors.length}`;
  descriptors.push(program);
  return { calls: [...calls, ...initSteps(execute, path)], descriptors };
}

function useTerminal(): SystemCall[] {
  return [
    ...[0, 1, 2].map((fd) => ({ name: "dup3", args: [RECEIVED, fd, 0] } as const)),
    takeTerminal(),
  ];
}

/** The host's null device, which stands in until here, is not the container's to change. */
function useNullDevice(): SystemCall[] {
  return [
    { name: "openat", args: [AT_FDCWD, "/dev/null", OpenFlag.RDONLY] },
    { name: "dup3", args: [FREE, 0, 0] },
    { name: "close", args: [FREE] },
  ];
}
