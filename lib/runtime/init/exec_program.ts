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

import { type CallProgram, CloneFlag, OpenFlag, reachedCall } from "../../../ffi/mod.ts";
import type { CgroupEntry } from "../../cgroup/mod.ts";
import {
  changeDirectory,
  closeAndHide,
  enterCgroup,
  forkInto,
  LAST_DESCRIPTOR,
  openFile,
  takeTerminal,
  writeFile,
} from "./call_steps.ts";
import type { ContainerRoot } from "./container_root.ts";
import { executionSteps } from "./execute.ts";
import type { Identity } from "../user/identity.ts";
import type { SystemCallFilter } from "./seccomp.ts";
import { ProgramFd } from "./program_launch.ts";
import { labelWrites } from "./security_label.ts";
import type { SpecProcess } from "../spec/spec.ts";

/** What lists of processes show of it. */
export const JOIN_NAME = "tsd-exec";

/** What joins, and what it becomes. */
export interface JoinOptions {
  /** The command, as the container's configuration would have it. */
  process: SpecProcess;
  /** Who it runs as. */
  identity: Identity;
  /** The container's root. */
  root: ContainerRoot;
  /** Where it is placed. */
  cgroup: CgroupEntry;
  /** The pid of the container's PID 1, which the program's subject refers to. */
  pid: number;
  /** Whether the container has a user namespace of its own. */
  hasUserNamespace: boolean;
  /** Whether it has a cgroup namespace of its own. */
  hasCgroupNamespace: boolean;
  /** Which system calls the command may make; all where absent. */
  filter?: SystemCallFilter | undefined;
  /** Whether the command is killed when the thread that started it ends. */
  endsWithParent: boolean;
}

/**
 * Lists what joins a container.
 *
 * @param options What joins, and what it becomes.
 * @returns The program; its subject is a pidfd of the container's PID 1.
 * @throws {EngineError} `commandNotFound` or `commandNotExecutable`.
 */
export function joinProgram(options: JoinOptions): CallProgram {
  const { cgroup, identity, process, root } = options;
  const free = ProgramFd.SUBJECT + 1;
  const { oomScoreAdj } = process;
  const { before, fork } = forkInto(cgroup, free, "grandparent");
  // Nobody puts a process into a cgroup who is in a cgroup namespace, and the process is not
  // (`nsdelegate` of cgroups(7), as systemd mounts them): on v2 it joins that one itself.
  const joinsLater = options.hasCgroupNamespace && "folder" in cgroup;
  const namespaces = NAMESPACES | (options.hasUserNamespace ? CloneFlag.NEWUSER : 0) |
    (joinsLater ? 0 : CloneFlag.NEWCGROUP);
  // The lowest one is the cgroup's folder.
  const cgroupNamespace = free + 1;
  return {
    before: [
      ...closeAndHide(free),
      ...oomScoreAdj === undefined
        ? []
        : writeFile("/proc/self/oom_score_adj", `${oomScoreAdj}`, free),
      ...labelWrites(process).flatMap(({ path, text }) => writeFile(path, text, free)),
      ...enterCgroup(cgroup, free),
      ...before,
      ...joinsLater ? [openFile(`/proc/${options.pid}/ns/cgroup`, OpenFlag.RDONLY)] : [],
      // All at once, and exactly those of the process that was looked at: a pidfd cannot come to mean
      // another one (Linux 5.8). That process is still there now; so its number meant it above.
      { name: "setns", args: [ProgramFd.SUBJECT, namespaces] },
    ],
    // The PID namespace is that of children only; the child is a child of ours.
    fork,
    child: [
      ...joinsLater
        ? [{ name: "setns", args: [cgroupNamespace, CloneFlag.NEWCGROUP] } as const]
        : [],
      { name: "close_range", args: [ProgramFd.SUBJECT, LAST_DESCRIPTOR, 0] },
      { name: "setsid", args: [] },
      ...process.terminal ? [takeTerminal()] : [],
      ...changeDirectory(process.cwd, ProgramFd.SUBJECT),
      reachedCall(ProgramFd.REPORT),
      ...executionSteps(process, identity, {
        endsWithParent: options.endsWithParent,
        filter: options.filter,
        lookUp: (path) => root.lookUp(path.startsWith("/") ? path : `${process.cwd}/${path}`),
      }),
    ],
  };
}

const NAMESPACES = CloneFlag.NEWIPC | CloneFlag.NEWNET | CloneFlag.NEWNS |
  CloneFlag.NEWPID | CloneFlag.NEWUTS;
