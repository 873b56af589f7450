/**
 * Executing commands in running containers.
 *
 * No supervisor is needed: this process is the command's parent.
 *
 * @module
 */

import { close, pidfdOpen } from "../../ffi/mod.ts";
import { Cgroup } from "../cgroup/cgroup.ts";
import { threadFiles } from "../cgroup/thread_files.ts";
import { bundleDirectory, cgroupPath } from "../container/bundle.ts";
import { isAlive, type ProcessIdentity } from "../container/process_identity.ts";
import { type ContainerRecord, ContainerStore } from "../container/store.ts";
import { EngineError } from "../errors.ts";
import { type LaunchedExec, launchExec } from "../runtime/exec_launch.ts";
import type { TerminalDimensions } from "../supervisor/protocol.ts";
import type { OutputListener } from "./attachment.ts";
import { type ExecStreams, NO_STREAMS, openExecStreams } from "./exec_streams.ts";
import type { Instance } from "./instance.ts";
import { refreshRecords } from "./refresh.ts";

/** What is asked of a command, besides its arguments. */
export interface ExecCommandOptions {
  /** Environment variables, `KEY=value` each, that override the container's. */
  env?: readonly string[] | undefined;
  /** `USER[:GROUP]`, names or numbers, in place of the container's. */
  user?: string | undefined;
  /** Absolute path in the container, in place of the container's. */
  workingDirectory?: string | undefined;
  /**
   * Whether it has all capabilities.
   *
   * @default false
   */
  privileged?: boolean;
}

/** Options of {@linkcode startExec}. */
export interface ExecOptions extends ExecCommandOptions {
  /**
   * Whether it has a terminal.
   *
   * @default false
   */
  terminal?: boolean;
  /** The terminal's size at first. */
  size?: TerminalDimensions | undefined;
  /**
   * Whether it has a standard input.
   *
   * @default false
   */
  openStdin?: boolean;
  /** Takes its output; without it there is none. */
  onOutput?: OutputListener;
  /**
   * Whether it uses this process's own streams where they are pipes or sockets: the quickest way, and
   * its input ends when ours does.
   *
   * @default false
   */
  inherit?: boolean;
  /**
   * Whether it runs on when this process ends. One with a terminal always may, if
   * {@linkcode ExecutedCommand.leave} is called.
   *
   * @default false
   */
  detach?: boolean;
}

/** A command in a running container. */
export interface ExecutedCommand {
  /** Settles with the command's exit code, or 128 and a signal's number, after all its output. */
  readonly exitCode: Promise<number>;
  /** Whether the command has ended. */
  readonly ended: boolean;
  /** Whether {@linkcode write} reaches the command; if not, it has no input or reads our own. */
  readonly takesInput: boolean;
  /**
   * Writes to the command's standard input or terminal.
   *
   * @param bytes The bytes.
   * @returns When they are written, or nobody can read them any more.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Lets the command see the end of its standard input; a terminal has none. */
  closeInput(): Promise<void>;
  /**
   * Sets the size of the command's terminal, if it has one.
   *
   * @param size The size.
   */
  resize(size: TerminalDimensions): Promise<void>;
  /**
   * Sends the command a signal; one that has ended is left alone.
   *
   * @param signal The signal's number.
   */
  signal(signal: number): Promise<void>;
  /**
   * Prepares for the command to outlive this process: its terminal would hang up without someone to
   * hold its other side.
   */
  leave(): void;
}

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
 * @returns The command, which runs.
 * @throws {EngineError} As {@linkcode execInContainer}.
 */
export async function startExec(
  instance: Pick<Instance, "database" | "roots">,
  nameOrId: string,
  command: readonly string[],
  options: ExecOptions = {},
): Promise<ExecutedCommand> {
  const { roots } = instance;
  const store = new ContainerStore(instance.database);
  const record = store.find(nameOrId);
  checkStatus(record, nameOrId);
  const process = record.process!;
  try {
    const streams = openStreams(options);
    const child = launch(roots.run, process, streams);
    // While it starts up, the rest is loaded, and it is placed where it cannot do so itself.
    const cgroup = cgroupPath(roots, record.id);
    const cgroupFiles = threadFiles(cgroup) ?? [];
    const placed = cgroupFiles.length > 0 ? undefined : new Cgroup(cgroup).add(child.pid);
    placed?.catch(() => {});
    const { ExecSession } = await import("./exec_session.ts");
    const session = new ExecSession(child, streams.ours, options.onOutput ?? (() => {}));
    try {
      const { execOrder } = await import("./exec_order.ts");
      const order = execOrder(bundleDirectory(roots, record.id), command, options, {
        cgroupFiles,
        nothing: streams.nothing,
      });
      await refreshRecords(roots, store);
      await placed;
      if (await session.execute(record.name, order)) return session;
    } catch (error) {
      await session.abandon();
      throw error;
    }
    throw notRunning(record);
  } catch (error) {
    if (isAlive(process) && hasNamespaces(process)) throw error;
    // It has ended, whatever of that was met first; the record is put right where nobody else does.
    await refreshRecords(roots, store);
    throw notRunning(record);
  }
}

function checkStatus(record: ContainerRecord, nameOrId: string): void {
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

/** A process gives up its namespaces some time before it is seen to have ended. */
function hasNamespaces({ pid }: ProcessIdentity): boolean {
  try {
    Deno.readLinkSync(`/proc/${pid}/ns/mnt`);
    return true;
  } catch {
    return false;
  }
}

function notRunning({ id }: ContainerRecord): EngineError {
  return new EngineError(`container ${id} is not running`, { kind: "conflict" });
}

function openStreams(options: ExecOptions): ExecStreams {
  const { inherit = false, onOutput, openStdin = false, terminal } = options;
  if (terminal) return NO_STREAMS;
  return openExecStreams({ inherit, openStdin, output: onOutput !== undefined });
}

function launch(run: string, process: ProcessIdentity, streams: ExecStreams): LaunchedExec {
  try {
    const container = pidfdOpen(process.pid);
    try {
      // Only now: from here on the descriptor means the process that was looked at.
      if (!isAlive(process)) throw new EngineError("it has ended", { kind: "conflict" });
      return launchExec({ container, executableMount: `${run}/exe`, streams: streams.theirs });
    } finally {
      close(container);
    }
  } catch (error) {
    streams.ours.forEach((fd) => fd !== undefined && close(fd));
    throw error;
  } finally {
    streams.release();
  }
}
