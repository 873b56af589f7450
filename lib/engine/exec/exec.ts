/**
 * Executing commands in running containers.
 *
 * No supervisor is needed: this process is the command's parent.
 *
 * @module
 */

import { close, fchown, SyscallError } from "../../../ffi/mod.ts";
import { type CgroupEntry, cgroupEntry } from "../../cgroup/mod.ts";
import { bundleDirectory, containerCgroup } from "../../container/record/folders.ts";
import { StartLock } from "../../container/life/start_lock.ts";
import { type ContainerRecord, ContainerStore } from "../../container/record/store.ts";
import { EngineError } from "../../errors.ts";
import { openProcess, ProcessGoneError, type ProcessIdentity } from "../../process/mod.ts";
import { ContainerRoot } from "../../runtime/init/container_root.ts";
import { JOIN_NAME, joinProgram } from "../../runtime/init/exec_program.ts";
import { hostId, userNamespaceOf } from "../../runtime/user/id_mappings.ts";
import { launchProgram } from "../../runtime/init/program_launch.ts";
import { stepError } from "../../runtime/init/execute.ts";
import {
  findProcessIdentity,
  giveStreamsTo,
  TTY_GROUP,
  userOfSpec,
  type WantedUser,
} from "../../runtime/init/process_user.ts";
import { systemCallFilter } from "../../runtime/init/seccomp.ts";
import { readSpec, type Spec, type SpecProcess } from "../../runtime/spec/spec.ts";
import type { ExecutedCommand } from "./executed_command.ts";
import type { ExecCommandOptions, ExecOptions } from "./options.ts";
import { ExecLife } from "./life.ts";
import { execProcess } from "./process.ts";
import { ExecSession, leaveNoZombies } from "./session.ts";
import { type ExecStreams, openExecStreams, openExecTerminal } from "./streams.ts";
import type { Instance } from "../instance/instance.ts";
import { refreshRecords } from "../instance/refresh.ts";

/** Options of {@linkcode execInContainer}. */
export interface CollectedExecOptions extends ExecCommandOptions {
  /** What the command reads from its standard input. */
  stdin?: Uint8Array;
}

/** What a command has left. */
export interface CollectedExec {
  /** Its code, or 128 and the signal's number. */
  exitCode: number;
  /** What it wrote to its standard output. */
  stdout: Uint8Array<ArrayBuffer>;
  /** What it wrote to its standard error. */
  stderr: Uint8Array<ArrayBuffer>;
}

/**
 * Executes a command in a running container to its end and collects what it writes.
 *
 * @param instance The instance.
 * @param nameOrId The container: a name, an id, or the beginning of one.
 * @param command The command and its arguments.
 * @param options What else is asked of it.
 * @returns What the command has left.
 * @throws {EngineError} `notFound`; `conflict`: the container does not run, or is paused;
 * `commandNotFound`, `commandNotExecutable`: it cannot be executed.
 *
 * @example
 * ```ts ignore
 * using instance = openInstance();
 * const { exitCode, stdout } = await execInContainer(instance, "web", ["nginx", "-t"]);
 * ```
 */
export async function execInContainer(
  instance: Pick<Instance, "database" | "roots">,
  nameOrId: string,
  command: readonly string[],
  options: CollectedExecOptions = {},
): Promise<CollectedExec> {
  const { stdin, ...wanted } = options;
  const chunks: Record<"stdout" | "stderr", Uint8Array[]> = { stdout: [], stderr: [] };
  const session = await startExec(instance, nameOrId, command, {
    ...wanted,
    openStdin: stdin !== undefined,
    onOutput: (stream, bytes) => void chunks[stream].push(bytes.slice()),
  });
  if (stdin) session.write(stdin).then(() => session.closeInput());
  const exitCode = await session.exitCode;
  const [stdout, stderr] = await Promise.all(
    [chunks.stdout, chunks.stderr].map((parts) => new Blob(parts as BlobPart[]).bytes()),
  );
  return { exitCode, stdout: stdout!, stderr: stderr! };
}

/**
 * Starts a command in a running container.
 *
 * @param instance The instance.
 * @param nameOrId The container: a name, an id, or the beginning of one.
 * @param command The command and its arguments.
 * @param options What else is asked of it.
 * @param id The command's id, if it was created apart; made up where absent.
 * @returns The command, which runs.
 * @throws {EngineError} As {@linkcode execInContainer}.
 */
export async function startExec(
  instance: Pick<Instance, "database" | "roots">,
  nameOrId: string,
  command: readonly string[],
  options: ExecOptions = {},
  id?: string,
): Promise<ExecutedCommand> {
  const { roots } = instance;
  const store = new ContainerStore(instance.database);
  // A process that is recorded as running may not have entered the container yet.
  (await StartLock.take(roots, store.find(nameOrId).id, "shared"))[Symbol.dispose]();
  const record = store.find(nameOrId);
  checkExecutable(record, nameOrId);
  try {
    const spec = readSpec(bundleDirectory(roots, record.id));
    const process = execProcess(spec.process, command, options);
    const own = userOfSpec(spec);
    const user = { ...own, name: options.user || own.name };
    const cgroup = cgroupEntry(containerCgroup(roots, record));
    const session = launch(record.process!, { cgroup, process, spec, user }, options);
    // Meanwhile it is on its way.
    const life = new ExecLife(roots, store, record, command, id);
    await refreshRecords(roots, store);
    if (await session.start((call, errno) => stepError(process, call, errno), life)) {
      if (options.onlyChild) leaveNoZombies();
      if (options.detach) await session.outlive();
      else if (!options.terminal && !options.endsWithParent) session.insure();
      return session;
    }
    throw new Error("the process that joins the container was killed");
  } catch (error) {
    if (isRunning(record.process!)) throw executionError(record.name, error);
    // It has ended, whatever of that was met first; the record is put right where nobody else does.
    await refreshRecords(roots, store);
    throw notRunning(record);
  }
}

/**
 * Checks that a command can be executed in a container.
 *
 * @param record The container.
 * @param nameOrId What the user called it.
 * @throws {EngineError} `conflict`: it does not run, or is paused.
 */
export function checkExecutable(record: ContainerRecord, nameOrId: string): void {
  switch (record.status) {
    case "running":
      return;
    case "paused":
      throw new EngineError(
        `Container ${nameOrId} is paused, unpause the container before exec`,
        { kind: "conflict" },
      );
    case "restarting":
      throw new EngineError(
        `Container ${nameOrId} is restarting, wait until the container is running`,
        { kind: "conflict" },
      );
    default:
      throw notRunning(record);
  }
}

function notRunning({ id }: ContainerRecord): EngineError {
  return new EngineError(`container ${id} is not running`, { kind: "conflict" });
}

/** A process gives up its namespaces some time before it is seen to have ended. */
function isRunning(identity: ProcessIdentity): boolean {
  try {
    using process = openProcess(identity);
    process.readLink("ns/mnt");
    return true;
  } catch (error) {
    if (error instanceof ProcessGoneError || error instanceof SyscallError) return false;
    throw error;
  }
}

/** What is to run, and where. */
interface Execution {
  process: SpecProcess;
  user: WantedUser;
  /** The container's configuration. */
  spec: Spec;
  cgroup: CgroupEntry;
}

function launch(
  first: ProcessIdentity,
  { cgroup, process, spec, user }: Execution,
  options: ExecOptions,
): ExecSession {
  const { endsWithParent = false, onOutput = () => {}, terminal = false } = options;
  using held = openProcess(first);
  const container = held.openPidfd();
  try {
    using root = ContainerRoot.of(held);
    const openFile = (path: string, flags: number) => root.open(path, flags);
    const identity = findProcessIdentity(user, openFile);
    const program = joinProgram({
      process,
      identity,
      root,
      cgroup,
      pid: first.pid,
      hasUserNamespace: userNamespaceOf(spec) !== undefined,
      hasCgroupNamespace: spec.linux.namespaces.some(({ type }) => type === "cgroup"),
      filter: systemCallFilter(spec),
      endsWithParent,
    });
    const streams = openStreams(options, root);
    try {
      const { gidMappings, uidMappings } = spec.linux;
      const owner = hostId(uidMappings, identity.uid);
      if (terminal) fchown(streams.theirs[0], owner, hostId(gidMappings, TTY_GROUP));
      else giveStreamsTo(owner, streams.theirs);
      const launched = launchProgram({
        ...{ name: JOIN_NAME, program, descriptor: container },
        streams: streams.theirs,
      });
      return new ExecSession(launched, streams, onOutput);
    } finally {
      streams.release();
    }
  } finally {
    close(container);
  }
}

function openStreams(options: ExecOptions, root: ContainerRoot): ExecStreams {
  const { inherit = false, onOutput, openStdin = false, size, terminal } = options;
  if (terminal) return openExecTerminal(root, size);
  return openExecStreams({ inherit, openStdin, output: onOutput !== undefined }, root);
}

/** As in Docker, whatever keeps a command from being executed. */
function executionError(container: string, cause: unknown): EngineError {
  const isMissing = cause instanceof EngineError && cause.kind === "commandNotFound";
  return new EngineError(`Cannot execute a command in container "${container}"`, {
    kind: isMissing ? "commandNotFound" : "commandNotExecutable",
    cause,
  });
}
