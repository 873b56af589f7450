/**
 * One run of a container, from its start to its end.
 *
 * @module
 */

import {
  close,
  Errno,
  type ExitStatus,
  isErrno,
  pidfdSendSignal,
  setTerminalSize,
  Signal,
} from "../../../ffi/mod.ts";
import { oomKills } from "../../cgroup/memory.ts";
import { Cgroup } from "../../cgroup/mod.ts";
import {
  bundleDirectory,
  containerCgroup,
  type ContainerRecord,
  dismissWitness,
  exitCode,
  hasOwnPids,
  runDirectory,
} from "../../container/mod.ts";
import { identifyProcess, killListed, openPidfd, type ProcessIdentity } from "../../process/mod.ts";
import { readSpec } from "../../runtime/mod.ts";
import { FrozenTracers } from "./frozen_tracers.ts";
import { openFifo, prepareStreams, type StreamEnds } from "../output/container_streams.ts";
import { awaitExit } from "../watch/exit_watch.ts";
import { ContainerInput } from "./input.ts";
import { JoinedNamespaces } from "./joined_namespaces.ts";
import { OutputPump, type OutputSink } from "../output/pump.ts";
import { FifoSource, TerminalSource } from "../output/source.ts";
import { FrameType, type TerminalDimensions } from "../protocol.ts";
import type { RunLimits } from "./limits.ts";
import { limitRun, recordStart } from "./preparation.ts";
import { startInit } from "./starting_init.ts";
import type { SupervisionContext } from "../supervision_context.ts";

// How long an init may take while other containers are frozen for it.
const LONGEST_STANDSTILL = 10_000;

/** A run of a container. */
export class ContainerRun {
  readonly #context: SupervisionContext;
  readonly #cgroup: string;
  readonly #record: ContainerRecord;
  readonly #stdinOnce: boolean;
  readonly #hasOwnPids: boolean;
  readonly #identity: ProcessIdentity;
  readonly #pidfd: number;
  readonly #input: ContainerInput | undefined;
  readonly #terminal: number | undefined;
  readonly #pumps: OutputPump[];
  #oomKilled = false;
  #isOver = false;
  /** Settles once every process of the run is gone and its output was taken. */
  readonly ended: Promise<RunEnd>;

  private constructor(
    context: SupervisionContext,
    record: ContainerRecord,
    process: { identity: ProcessIdentity; pidfd: number; exit: Promise<ExitStatus | undefined> },
    ends: StreamEnds,
    sinks: Set<OutputSink>,
  ) {
    const { loop } = context;
    this.#context = context;
    this.#cgroup = containerCgroup(context.roots, record);
    this.#record = record;
    // As Docker's StdinOnce: who starts a container attached is its only source of input.
    this.#stdinOnce = record.settings.attached;
    this.#hasOwnPids = hasOwnPids(record.settings.namespaces ?? {});
    this.#identity = process.identity;
    this.#pidfd = process.pidfd;
    this.#terminal = record.settings.terminal ? ends.output : undefined;
    const ownInput = this.#terminal === undefined;
    this.#input = ends.input === undefined
      ? undefined
      : new ContainerInput(loop, ends.input, ownInput);
    const folder = runDirectory(context.roots, record.id);
    const pump = (fd: number | undefined, stream: number, name: string) => {
      if (fd === undefined) return [];
      const source = this.#terminal === undefined
        ? new FifoSource(fd, `${folder}/${name}`)
        : new TerminalSource(fd);
      return [new OutputPump(loop, source, stream, sinks)];
    };
    this.#pumps = [
      ...pump(ends.output, FrameType.STDOUT, "stdout"),
      ...pump(ends.error, FrameType.STDERR, "stderr"),
    ];
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
   * @throws {EngineError} It cannot be started; no process of the attempt is left.
   */
  static async start(
    context: SupervisionContext,
    record: ContainerRecord,
    sinks: Set<OutputSink>,
    size: TerminalDimensions | undefined,
    onStarted: () => void,
  ): Promise<ContainerRun> {
    // To the end of init, should it not become the command.
    await using tracers = await FrozenTracers.freeze(context, record);
    return await ContainerRun.#start({ context, record, sinks, size, onStarted, tracers });
  }

  static async #start(
    { context, onStarted, record, sinks, size, tracers }: {
      context: SupervisionContext;
      record: ContainerRecord;
      sinks: Set<OutputSink>;
      size: TerminalDimensions | undefined;
      onStarted: () => void;
      tracers: FrozenTracers | undefined;
    },
  ): Promise<ContainerRun> {
    const { loop, roots, store } = context;
    const own = readSpec(bundleDirectory(roots, record.id));
    const { joined, spec } = await JoinedNamespaces.open(context, record, own);
    using _joined = joined;
    const streams = prepareStreams(roots, record, spec);
    let pidfd: number | undefined;
    let terminal: number | undefined;
    let isCommand = false;
    let identity: ProcessIdentity | undefined;
    let ended: Promise<unknown> = Promise.resolve();
    try {
      context.sharedVolumes.hold(record);
      await using stack = new AsyncDisposableStack();
      const init = await startInit({ context, record, spec, joined, streams, stack });
      pidfd = init.pidfd;
      if (tracers?.isHoldingUp) stack.use(endLater(init.pidfd));
      // Its parent is us, or a witness; and it was not waited for: it is there, dead or alive.
      identity = identifyProcess(init.pid)!;
      const exit = awaitExit(loop, init.pid, init.pidfd, identity.start);
      ended = exit;
      let limits: RunLimits | undefined;
      try {
        recordStart(store, record, identity);
        init.prepare(size);
        const resources = spec.linux.resources ?? {};
        limits = await limitRun(containerCgroup(roots, record), resources, init.memory);
        await init.connected;
      } catch (error) {
        init.abandon();
        throw error;
      }
      terminal = await init.become();
      isCommand = true;
      const isTooLarge = limits?.tighten(() => signalProcess(init.pidfd, Signal.SIGKILL)) ?? false;
      const ends = terminal === undefined ? streams.ours : { input: terminal, output: terminal };
      streams.letInputGo();
      onStarted();
      const run = new ContainerRun(context, record, { identity, pidfd, exit }, ends, sinks);
      run.#oomKilled = isTooLarge;
      return run;
    } catch (error) {
      // An init ends by itself, a command would go on.
      if (isCommand) signalProcess(pidfd!, Signal.SIGKILL);
      await ended;
      if (identity) dismissWitness(identity);
      context.sharedVolumes.release(record);
      if (pidfd !== undefined) close(pidfd);
      if (terminal !== undefined) close(terminal);
      Object.values(streams.ours).forEach(close);
      streams.letInputGo();
      throw error;
    }
  }

  /**
   * Takes over a container that a supervisor before this one had started.
   *
   * @param context What that needs.
   * @param record The container, of which the record says that it runs.
   * @param sinks Who takes its output from now on.
   * @returns The run.
   * @throws {ProcessGoneError} Its process has ended.
   * @throws {SyscallError} Its streams are not there any more.
   */
  static adopt(
    context: SupervisionContext,
    record: ContainerRecord,
    sinks: Set<OutputSink>,
  ): ContainerRun {
    const identity = record.process!;
    const pidfd = openPidfd(identity);
    context.sharedVolumes.adopt(record);
    const folder = runDirectory(context.roots, record.id);
    // A terminal went away with the supervisor that held its other side.
    const ends = record.settings.terminal
      ? {}
      : { output: openFifo(`${folder}/stdout`), error: openFifo(`${folder}/stderr`) };
    const exit = awaitExit(context.loop, identity.pid, pidfd, identity.start);
    return new ContainerRun(context, record, { identity, pidfd, exit }, ends, sinks);
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

  /** Someone who was attached has gone: input that was theirs alone has come to its end. */
  leave(): void {
    if (this.#stdinOnce) this.closeInput();
  }

  /** Whether the command has a terminal. */
  get hasTerminal(): boolean {
    return this.#terminal !== undefined;
  }

  /**
   * Sets the size of the command's terminal, if it has one.
   *
   * @param size The size.
   */
  resize(size: TerminalDimensions): void {
    if (this.#terminal !== undefined && !this.#isOver) setTerminalSize(this.#terminal, size);
  }

  /**
   * Sends a signal to the command; one that has ended is left alone.
   *
   * @param signal The signal's number.
   */
  signal(signal: number): void {
    // Its descriptor may mean another process by now.
    if (!this.#isOver) signalProcess(this.#pidfd, signal);
  }

  #end(status: ExitStatus | undefined): RunEnd {
    const finishedAt = Date.now();
    this.#isOver = true;
    this.#context.loop.unwatch(this.#pidfd);
    close(this.#pidfd);
    this.#attempt(() => dismissWitness(this.#identity));
    this.#attempt(() => this.#input?.close());
    this.#attempt(() => {
      if (!this.#hasOwnPids) killAll(new Cgroup(this.#cgroup));
    });
    for (const pump of this.#pumps) this.#attempt(() => pump.finish());
    this.#attempt(() => this.#context.sharedVolumes.release(this.#record));
    this.#attempt(() => {
      this.#oomKilled ||= oomKills(this.#cgroup) > 0;
    });
    return { exitCode: exitCode(status), finishedAt, oomKilled: this.#oomKilled };
  }

  /** Whatever fails of putting a run away, it has ended, and that is to be recorded. */
  #attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#context.log(`Cannot put away container "${this.#record.name}"`, error);
    }
  }
}

/** Others stand still while it gets ready: a server that does not answer is not to hold them up. */
function endLater(pidfd: number): Disposable {
  const timer = setTimeout(() => signalProcess(pidfd, Signal.SIGKILL), LONGEST_STANDSTILL);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

/** One that has ended is left alone. */
function signalProcess(pidfd: number, signal: number): void {
  try {
    pidfdSendSignal(pidfd, signal);
  } catch (error) {
    if (!isErrno(error, Errno.ESRCH)) throw error;
  }
}

// A process that is being killed may still fork; it cannot go on for long.
const KILL_ROUNDS = 1_000;

/** Kills what the end of the command has left, where that is not the end of a PID namespace. */
function killAll(cgroup: Cgroup): void {
  for (let round = 0; round < KILL_ROUNDS; round++) {
    if (killListed(() => cgroup.processes()) === 0) return;
  }
}

/** How a run ended. */
export interface RunEnd {
  /** The command's code, or 128 and the signal's number. */
  exitCode: number;
  /** When, in milliseconds since the epoch. */
  finishedAt: number;
  /** Whether the kernel killed one of its processes for want of memory. */
  oomKilled: boolean;
}
