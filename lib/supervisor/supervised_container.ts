/**
 * A running container, as the supervisor holds it.
 *
 * @module
 */

import {
  close,
  Errno,
  type ExitStatus,
  isErrno,
  pidfdOpen,
  pidfdSendSignal,
  setTerminalSize,
  Signal,
} from "../../ffi/mod.ts";
import { Cgroup } from "../cgroup/mod.ts";
import {
  bundleDirectory,
  cgroupPath,
  type ContainerRecord,
  type ContainerStatus,
  type ContainerStore,
  identifyProcess,
  type ProcessIdentity,
  releaseRun,
  removeContainer,
  runDirectory,
} from "../container/mod.ts";
import { describeError, EngineError } from "../errors.ts";
import { readSpec } from "../runtime/mod.ts";
import type { Roots } from "../state/mod.ts";
import { awaitCommand, openFifo, prepareStreams, type StreamEnds } from "./container_start.ts";
import type { EventLoop } from "./event_loop.ts";
import { awaitExit, exitCode } from "./exit_watch.ts";
import type { InitPool } from "./init_pool.ts";
import { ContainerInput } from "./input.ts";
import { OutputPump, type OutputSink } from "./output_pump.ts";
import { FrameType, type TerminalDimensions } from "./protocol.ts";

/** What a supervised container needs. */
export interface SupervisionContext {
  /** The instance's. */
  roots: Roots;
  /** Tells when descriptors are ready. */
  loop: EventLoop;
  /** The inits of containers to come. */
  inits: InitPool;
  /** The records. */
  store: ContainerStore;
  /** Says what went wrong where nobody can be told. */
  log(message: string, error: unknown): void;
}

// What Docker records for a container whose command was not found, could not be executed, or whose
// start failed otherwise.
const START_EXIT_CODE: Readonly<Record<string, number>> = {
  commandNotFound: 127,
  commandNotExecutable: 126,
};
const OTHER_START_EXIT_CODE = 128;

/** A running container. */
export class SupervisedContainer {
  readonly #context: SupervisionContext;
  readonly #record: ContainerRecord;
  readonly #pidfd: number;
  readonly #sinks: Set<OutputSink>;
  readonly #input: ContainerInput | undefined;
  readonly #terminal: number | undefined;
  readonly #pumps: OutputPump[];
  /** Settles with the exit code once everything of this run has been put away. */
  readonly ended: Promise<number>;

  private constructor(
    context: SupervisionContext,
    record: ContainerRecord,
    process: { pidfd: number; exit: Promise<ExitStatus | undefined> },
    ends: StreamEnds,
    sinks: Set<OutputSink>,
  ) {
    const { loop } = context;
    this.#context = context;
    this.#record = record;
    this.#pidfd = process.pidfd;
    this.#sinks = sinks;
    this.#terminal = record.settings.terminal ? ends.output : undefined;
    const ownInput = this.#terminal === undefined;
    this.#input = ends.input === undefined
      ? undefined
      : new ContainerInput(loop, ends.input, ownInput);
    const pump = (fd: number | undefined, stream: number) =>
      fd === undefined ? [] : [new OutputPump(loop, fd, stream, sinks)];
    this.#pumps = [...pump(ends.output, FrameType.STDOUT), ...pump(ends.error, FrameType.STDERR)];
    this.ended = process.exit.then((status) => this.#end(status));
  }

  /**
   * Starts a container.
   *
   * @param context What that needs.
   * @param record The container.
   * @param sinks Who takes its output from the first byte on.
   * @param size The terminal's size, where it has one.
   * @param onStarted Told that the command runs, before the first byte of output.
   * @returns The container, whose command runs.
   * @throws {EngineError} It cannot be started; nothing of the attempt is left, and its record says
   * why. With `--rm` it is removed.
   */
  static async start(
    context: SupervisionContext,
    record: ContainerRecord,
    sinks: Set<OutputSink>,
    size: TerminalDimensions | undefined,
    onStarted: () => void,
  ): Promise<SupervisedContainer> {
    const { loop, roots, store } = context;
    const streams = prepareStreams(roots, record);
    let pidfd: number | undefined;
    let ended: Promise<unknown> = Promise.resolve();
    try {
      const bundle = bundleDirectory(roots, record.id);
      const { namespaces } = readSpec(bundle).linux;
      const { init, place } = context.inits.take(namespaces.find(({ type }) => type === "pid"));
      pidfd = init.pidfd;
      const exit = awaitExit(loop, init.pid, init.pidfd);
      ended = exit;
      try {
        init.send({ kind: "run", bundle, streams: streams.paths });
        // Our child, and not waited for: it is there, dead or alive.
        recordStart(store, record, identifyProcess(init.pid)!);
        await place(record.id);
      } catch (error) {
        // Init ends when it finds the pipe closed.
        init.closePipes();
        throw error;
      }
      const terminal = await awaitCommand(loop, record, init);
      if (terminal !== undefined && size) setTerminalSize(terminal, size);
      const ends = terminal === undefined ? streams.ours : { input: terminal, output: terminal };
      if (streams.holdInput !== undefined) close(streams.holdInput);
      onStarted();
      return new SupervisedContainer(context, record, { pidfd, exit }, ends, sinks);
    } catch (error) {
      await ended;
      if (pidfd !== undefined) close(pidfd);
      Object.values(streams.ours).forEach(close);
      if (streams.holdInput !== undefined) close(streams.holdInput);
      await abandonStart(context, record, error);
      throw error;
    }
  }

  /**
   * Takes over a container that a supervisor before this one had started.
   *
   * @param context What that needs.
   * @param record The container, of which the record says that it runs.
   * @returns The container.
   * @throws {SyscallError} Its process or its streams are not there any more.
   */
  static adopt(context: SupervisionContext, record: ContainerRecord): SupervisedContainer {
    const identity = record.process!;
    const pidfd = pidfdOpen(identity.pid);
    const folder = runDirectory(context.roots, record.id);
    // A terminal went away with the supervisor that held its other side.
    const ends = record.settings.terminal
      ? {}
      : { output: openFifo(`${folder}/stdout`), error: openFifo(`${folder}/stderr`) };
    const exit = awaitExit(context.loop, identity.pid, pidfd, identity.start);
    return new SupervisedContainer(context, record, { pidfd, exit }, ends, new Set());
  }

  /**
   * Adds someone who takes the output from now on.
   *
   * @param sink The one.
   */
  addSink(sink: OutputSink): void {
    this.#sinks.add(sink);
  }

  /**
   * Lets go of someone who took the output.
   *
   * @param sink The one.
   */
  removeSink(sink: OutputSink): void {
    this.#sinks.delete(sink);
  }

  /**
   * Writes to the command's standard input or terminal; where it has none, what comes is dropped.
   *
   * @param bytes What to write; not to be changed until it is done.
   * @returns When it is written.
   */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#input?.write(bytes);
  }

  /** Lets the command see the end of its standard input; a terminal has none. */
  closeInput(): void {
    if (this.#terminal === undefined) this.#input?.close();
  }

  /**
   * Sets the size of the command's terminal, if it has one.
   *
   * @param size The size.
   */
  resize(size: TerminalDimensions): void {
    if (this.#terminal !== undefined) setTerminalSize(this.#terminal, size);
  }

  /**
   * Sends a signal to the command; one that has ended is left alone.
   *
   * @param signal The signal's number.
   */
  signal(signal: number): void {
    try {
      pidfdSendSignal(this.#pidfd, signal);
    } catch (error) {
      if (!isErrno(error, Errno.ESRCH, Errno.EBADF)) throw error;
    }
  }

  /** Kills the command, and with it every process of the container. */
  kill(): void {
    this.signal(Signal.SIGKILL);
  }

  async #end(status: ExitStatus | undefined): Promise<number> {
    const { loop, store } = this.#context;
    const finishedAt = Date.now();
    const code = exitCode(status);
    loop.unwatch(this.#pidfd);
    close(this.#pidfd);
    this.#input?.close();
    for (const pump of this.#pumps) pump.finish();
    try {
      const oomKilled = this.#cgroup().oomKilled();
      store.transition(this.#record.id, ["running"], "stopped", {
        exitCode: code,
        oomKilled,
        finishedAt,
        process: null,
      });
      await putAway(this.#context, this.#record, ["stopped"]);
    } catch (error) {
      this.#context.log(`Cannot put away container "${this.#record.name}"`, error);
    }
    return code;
  }

  #cgroup(): Cgroup {
    return new Cgroup(cgroupPath(this.#context.roots, this.#record.id));
  }
}

/**
 * Remembers the process before it is let go: whoever finds the record after a crash can tell from
 * the kernel whether it still runs.
 */
function recordStart(
  store: ContainerStore,
  record: ContainerRecord,
  process: ProcessIdentity,
): void {
  store.transition(record.id, ["creating", "created", "stopped"], "running", {
    process,
    startedAt: Date.now(),
    finishedAt: undefined,
    error: "",
    exitCode: 0,
    oomKilled: false,
  });
}

/** Removes what a run held; with `--rm` the container as well. */
async function putAway(
  { roots, store }: SupervisionContext,
  { id, settings }: ContainerRecord,
  statuses: readonly ContainerStatus[],
): Promise<void> {
  if (settings.autoRemove) await removeContainer(roots, store, id, statuses);
  else await releaseRun(roots, id);
}

async function abandonStart(
  context: SupervisionContext,
  record: ContainerRecord,
  error: unknown,
): Promise<void> {
  const { store } = context;
  const kind = error instanceof EngineError ? error.kind : "system";
  try {
    if (!record.settings.autoRemove && store.get(record.id)?.status !== record.status) {
      store.transition(record.id, ["running"], "created", {
        exitCode: START_EXIT_CODE[kind] ?? OTHER_START_EXIT_CODE,
        error: describeError(error),
        process: null,
      });
    }
    await putAway(context, record, ["creating", "created", "stopped", "running"]);
  } catch (secondError) {
    context.log(`Cannot put away container "${record.name}"`, secondError);
  }
}
