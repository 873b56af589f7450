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
  kill,
  pidfdOpen,
  pidfdSendSignal,
  setTerminalSize,
  Signal,
} from "../../ffi/mod.ts";
import { oomKills } from "../cgroup/memory.ts";
import { Cgroup, type CgroupResources } from "../cgroup/mod.ts";
import {
  bundleDirectory,
  containerCgroup,
  type ContainerRecord,
  type ContainerStore,
  hasOwnPids,
  identifyProcess,
  isConnected,
  joinNamespaces,
  type ProcessIdentity,
  replaceSpec,
  runDirectory,
  sharedNetwork,
} from "../container/mod.ts";
import {
  type LaunchedInit,
  type MappedMounts,
  mountMapped,
  readSpec,
  type Spec,
  userNamespaceOf,
} from "../runtime/mod.ts";
import type { Roots } from "../state/mod.ts";
import { awaitCommand, openFifo, prepareStreams, type StreamEnds } from "./container_start.ts";
import type { ContainerNetwork, ContainerNetworks } from "./container_network.ts";
import type { EventLoop } from "./event_loop.ts";
import { awaitExit, exitCode } from "./exit_watch.ts";
import type { InitPool } from "./init_pool.ts";
import type { MemoryVolumes } from "./memory_volumes.ts";
import { ContainerInput } from "./input.ts";
import { OutputPump, type OutputSink } from "./output_pump.ts";
import { FifoSource, TerminalSource } from "./output_source.ts";
import { FrameType, type TerminalDimensions } from "./protocol.ts";
import type { RunLimits } from "./run_limits.ts";

/** What a supervised container needs. */
export interface SupervisionContext {
  /** The instance's. */
  roots: Roots;
  /** Tells when descriptors are ready. */
  loop: EventLoop;
  /** The inits of containers to come. */
  inits: InitPool;
  /** The mount namespace this process was started in, as a path other processes can open. */
  hostMounts: string;
  /** Volumes in memory. */
  memoryVolumes: MemoryVolumes;
  /** The records. */
  store: ContainerStore;
  /**
   * Pauses a running container.
   *
   * @param id The container's whole id.
   * @throws {EngineError} `conflict`: it does not run, or is paused.
   */
  pause(id: string): Promise<void>;
  /**
   * Gives access to the networks, which few instances' supervisors need at once.
   *
   * @returns The networks.
   */
  networks(): Promise<ContainerNetworks>;
  /**
   * Lets a paused container run on; one that is not paused is left alone.
   *
   * @param id The container's whole id.
   */
  resume(id: string): Promise<unknown>;
  /** Says what went wrong where nobody can be told. */
  log(message: string, error: unknown): void;
}

/** A run of a container. */
export class ContainerRun {
  readonly #context: SupervisionContext;
  readonly #cgroup: string;
  readonly #record: ContainerRecord;
  readonly #stdinOnce: boolean;
  readonly #hasOwnPids: boolean;
  readonly #pidfd: number;
  readonly #input: ContainerInput | undefined;
  readonly #terminal: number | undefined;
  readonly #pumps: OutputPump[];
  #oomKilled = false;
  /** Settles once every process of the run is gone and its output was taken. */
  readonly ended: Promise<RunEnd>;

  private constructor(
    context: SupervisionContext,
    record: ContainerRecord,
    process: { pidfd: number; exit: Promise<ExitStatus | undefined> },
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
    const { loop, roots, store } = context;
    const spec = currentSpec(context, record);
    const streams = prepareStreams(roots, record, spec);
    let pidfd: number | undefined;
    let ended: Promise<unknown> = Promise.resolve();
    try {
      context.memoryVolumes.hold(record);
      const bundle = bundleDirectory(roots, record.id);
      const { namespaces, resources = {} } = spec.linux;
      const pidNamespace = namespaces.find(({ type }) => type === "pid");
      const { init, place } = context.inits.take({
        pidNamespace,
        user: userNamespaceOf(spec),
        network: isConnected(record.settings.network),
      });
      pidfd = init.pidfd;
      let limits: RunLimits | undefined;
      const exit = awaitExit(loop, init.pid, init.pidfd);
      ended = exit;
      // Init has its own copy of these as soon as it is done.
      using mapped = mountForUserNamespace(context, record, spec, init);
      await using stack = new AsyncDisposableStack();
      try {
        const network = await beginNetwork(context, record, init);
        if (network) stack.use(network);
        const networkNamespace = network?.path ??
          sharedNetwork(record.settings.network, (name) => store.find(name));
        init.send({
          ...{ kind: "run", bundle, streams: streams.paths },
          ...mapped ? { mapped: mapped.paths } : { hostMounts: context.hostMounts },
          ...networkNamespace !== undefined && { networkNamespace },
        });
        // Our child, and not waited for: it is there, dead or alive.
        recordStart(store, record, identifyProcess(init.pid)!);
        const cgroup = containerCgroup(roots, record);
        await place(cgroup);
        limits = await limitRun(cgroup, resources);
        await network?.ready;
      } catch (error) {
        // Init ends when it finds the pipe closed.
        init.closePipes();
        throw error;
      }
      const terminal = await awaitCommand(loop, record, init, size);
      const isTooLarge = limits?.tighten(init.pid) ?? false;
      const ends = terminal === undefined ? streams.ours : { input: terminal, output: terminal };
      if (streams.holdInput !== undefined) close(streams.holdInput);
      onStarted();
      const run = new ContainerRun(context, record, { pidfd, exit }, ends, sinks);
      run.#oomKilled = isTooLarge;
      return run;
    } catch (error) {
      await ended;
      context.memoryVolumes.release(record);
      if (pidfd !== undefined) close(pidfd);
      Object.values(streams.ours).forEach(close);
      if (streams.holdInput !== undefined) close(streams.holdInput);
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
   * @throws {SyscallError} Its process or its streams are not there any more.
   */
  static adopt(
    context: SupervisionContext,
    record: ContainerRecord,
    sinks: Set<OutputSink>,
  ): ContainerRun {
    const identity = record.process!;
    const pidfd = pidfdOpen(identity.pid);
    context.memoryVolumes.adopt(record);
    const folder = runDirectory(context.roots, record.id);
    // A terminal went away with the supervisor that held its other side.
    const ends = record.settings.terminal
      ? {}
      : { output: openFifo(`${folder}/stdout`), error: openFifo(`${folder}/stderr`) };
    const exit = awaitExit(context.loop, identity.pid, pidfd, identity.start);
    return new ContainerRun(context, record, { pidfd, exit }, ends, sinks);
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

  #end(status: ExitStatus | undefined): RunEnd {
    const finishedAt = Date.now();
    this.#context.loop.unwatch(this.#pidfd);
    close(this.#pidfd);
    this.#input?.close();
    if (!this.#hasOwnPids) killAll(new Cgroup(this.#cgroup));
    for (const pump of this.#pumps) pump.finish();
    this.#context.memoryVolumes.release(this.#record);
    return {
      exitCode: exitCode(status),
      finishedAt,
      oomKilled: this.#oomKilled || oomKills(this.#cgroup) > 0,
    };
  }
}

/** Limits a run, of which most need no more than is done without looking at it any closer. */
async function limitRun(
  cgroup: string,
  resources: CgroupResources,
): Promise<RunLimits | undefined> {
  const { devices = [], ...limits } = resources;
  if (devices.length <= 1 && !devices[0]?.allow && Object.keys(limits).length === 0) return;
  return await (await import("./run_limits.ts")).applyRunLimits(cgroup, resources);
}

// A process that is being killed may still fork; it cannot go on for long.
const KILL_ROUNDS = 1_000;

/** Kills what the end of the command has left, where that is not the end of a PID namespace. */
function killAll(cgroup: Cgroup): void {
  for (let round = 0; round < KILL_ROUNDS; round++) {
    const pids = cgroup.processes();
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        kill(pid, Signal.SIGKILL);
      } catch (error) {
        if (!isErrno(error, Errno.ESRCH)) throw error;
      }
    }
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

/** What init cannot do itself in a user namespace. */
function mountForUserNamespace(
  { roots }: SupervisionContext,
  { id }: ContainerRecord,
  spec: Spec,
  { pid, userNamespace }: LaunchedInit,
): MappedMounts | undefined {
  if (userNamespace === undefined) return undefined;
  const { oomScoreAdj } = spec.process;
  if (oomScoreAdj !== undefined) {
    Deno.writeTextFileSync(`/proc/${pid}/oom_score_adj`, `${oomScoreAdj}`);
  }
  return mountMapped(spec, userNamespace, `${runDirectory(roots, id)}/mounts`);
}

/** What only containers with a network need is not even loaded for others. */
async function beginNetwork(
  context: SupervisionContext,
  record: ContainerRecord,
  init: LaunchedInit,
): Promise<ContainerNetwork | undefined> {
  if (!isConnected(record.settings.network)) return undefined;
  const networks = await context.networks();
  const isBornInIt = init.userNamespace !== undefined;
  return networks.begin(record, isBornInIt ? `/proc/${init.pid}/ns/net` : undefined);
}

/** The container's configuration, with the namespaces of others that it joins this time. */
function currentSpec({ roots, store }: SupervisionContext, record: ContainerRecord): Spec {
  const spec = readSpec(bundleDirectory(roots, record.id));
  const joined = joinNamespaces(spec, record.settings, (name) => store.find(name));
  if (joined) replaceSpec(roots, record.id, joined);
  return joined ?? spec;
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
  store.transition(record.id, ["creating", "created", "stopped", "restarting"], "running", {
    process,
    startedAt: Date.now(),
    finishedAt: undefined,
    error: "",
    exitCode: 0,
    oomKilled: false,
  });
}
