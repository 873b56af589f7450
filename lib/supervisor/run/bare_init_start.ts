/**
 * Starting a bare init (lib/runtime/init/bare_init.ts): the parent's half.
 *
 * @module
 */

import {
  type CallReport,
  close,
  encodeContinuation,
  type EncodedContinuation,
  kill,
  pidfdOpen,
  sendContinuation,
  setNonBlocking,
  setTerminalSize,
  Signal,
  socketPair,
  SyscallError,
  waitFor,
} from "../../../ffi/mod.ts";
import { cgroupEntry } from "../../cgroup/mod.ts";
import { BARE_INIT_NAME, bundleDirectory, containerCgroup } from "../../container/mod.ts";
import { describeError, EngineError } from "../../errors.ts";
import { keepsExitStatus } from "../../kernel_version.ts";
import {
  bareInitProgram,
  prepareCommand,
  type PreparedCommand,
} from "../../runtime/init/bare_init.ts";
import { stepError } from "../../runtime/init/execute.ts";
import { initError, type SpecNamespace } from "../../runtime/mod.ts";
import { namespaceError, withNetwork } from "../../runtime/spec/namespace_kinds.ts";
import { type LaunchedProgram, launchProgram } from "../../runtime/init/program_launch.ts";
import { openStreams } from "../output/container_streams.ts";
import { awaitExit } from "../watch/exit_watch.ts";
import { followReports } from "../watch/program_reports.ts";
import type { TerminalDimensions } from "../protocol.ts";
import type { InitStart, StartingInit } from "./init_start.ts";

/** The network of a container. */
export interface InitNetwork {
  /** Its namespace, where that is not a new one with nothing in it. */
  path: string | undefined;
  /** Settles once the container is connected, where it is to be. */
  connected: Promise<void> | undefined;
}

/**
 * Starts a bare init, and waits until it is in its namespaces.
 *
 * @param start What it is started for; its cgroup is there.
 * @param network The container's network.
 * @returns Init, which waits.
 * @throws {EngineError} It cannot be started; nothing of the attempt runs.
 */
export async function startBareInit(start: InitStart, network: InitNetwork): Promise<StartingInit> {
  const namespaces = withNetwork(start.spec.linux.namespaces, network.path);
  const init = new BareInit(start, namespaces, network.connected);
  await init.born();
  return init;
}

/** A bare init, from its start to its execve. */
class BareInit implements StartingInit {
  readonly connected: Promise<void>;
  readonly memory = 0;
  readonly #start: InitStart;
  readonly #namespaces: readonly SpecNamespace[];
  readonly #isWitnessed = !keepsExitStatus();
  readonly #launched: LaunchedProgram;
  /** Our end of the socket at which it waits. */
  readonly #socket: number;
  readonly #born = Promise.withResolvers<void>();
  /** Settles once it has reported everything: it is the command, or dead. */
  readonly #told: Promise<void>;
  #pid: number | undefined;
  #pidfd = -1;
  #isWaiting = false;
  #failure: Extract<CallReport, { kind: "failed" }> | undefined;
  #prepared: PreparedCommand | undefined;
  #continuation: EncodedContinuation | undefined;

  constructor(
    start: InitStart,
    namespaces: readonly SpecNamespace[],
    connected: Promise<void> = Promise.resolve(),
  ) {
    this.#start = start;
    this.#namespaces = namespaces;
    this.connected = connected;
    const { context: { loop } } = start;
    const [ours, theirs] = socketPair();
    this.#socket = ours;
    try {
      this.#launched = this.#launch(theirs);
    } catch (error) {
      close(ours);
      throw error;
    } finally {
      close(theirs);
    }
    const { report, readReport } = this.#launched;
    const reader = (bytes: DataView) => readReport(bytes, this.#continuation);
    this.#told = followReports(loop, { report, readReport: reader }, (one) => this.#hear(one))
      .finally(() => close(report));
    this.#told.then(this.#born.resolve, this.#born.reject);
    // It may fail while something else is waited for.
    this.#born.promise.catch(() => {});
  }

  get pid(): number {
    return this.#pid!;
  }

  get pidfd(): number {
    return this.#pidfd;
  }

  #launch(socket: number): LaunchedProgram {
    const { context: { hostMounts, roots }, record, spec, streams: { paths } } = this.#start;
    const program = bareInitProgram({
      cgroup: cgroupEntry(containerCgroup(roots, record)),
      namespaces: this.#namespaces,
      spec,
      witnessMounts: this.#isWitnessed ? hostMounts : undefined,
    });
    const streams = openStreams(paths);
    try {
      return launchProgram({ name: BARE_INIT_NAME, program, descriptor: socket, streams });
    } finally {
      streams.forEach(close);
    }
  }

  #hear(report: CallReport): void {
    if (report.kind === "failed") this.#failure = report;
    else if (report.kind === "forked") this.#pid = report.pid;
    else this.#isWaiting = true;
    if (this.#pid !== undefined && this.#isWaiting) this.#born.resolve();
  }

  /** Waits until it is there, and waits. */
  async born(): Promise<void> {
    const { pid, pidfd } = this.#launched;
    const { context: { loop } } = this.#start;
    // The process that leads to it ends once it is there, or is its witness.
    if (!this.#isWitnessed) await awaitExit(loop, pid, pidfd);
    close(pidfd);
    const failure = await this.#born.promise.then(() => undefined, (error: unknown) => error);
    if (failure === undefined && this.#pid !== undefined && this.#isWaiting) {
      this.#pidfd = pidfdOpen(this.#pid);
      return;
    }
    close(this.#socket);
    if (failure === undefined) await this.#told;
    if (this.#isWitnessed) {
      kill(pid, Signal.SIGKILL);
      waitFor(pid);
    } else if (this.#pid !== undefined) waitFor(this.#pid);
    throw this.#asInitError(failure ?? this.#reason());
  }

  prepare(size: TerminalDimensions | undefined): void {
    const { context: { hostMounts, roots }, record, spec, streams } = this.#start;
    try {
      this.#prepared = prepareCommand({
        bundle: bundleDirectory(roots, record.id),
        ...{ hostMounts, spec },
        namespaces: this.#namespaces,
        pidfd: this.#pidfd,
        streams: Object.values(streams.ours),
        hasInput: streams.paths.stdin !== undefined,
      });
      const { terminal } = this.#prepared;
      if (terminal === undefined) return;
      setNonBlocking(terminal);
      // Before the command runs, which may ask at once.
      if (size) setTerminalSize(terminal, size);
    } catch (error) {
      throw this.#asInitError(error);
    }
  }

  async become(): Promise<number | undefined> {
    const { calls, descriptors, terminal } = this.#prepared!;
    this.#continuation = encodeContinuation(calls);
    try {
      try {
        sendContinuation(this.#socket, this.#continuation, descriptors);
      } finally {
        descriptors.forEach(close);
      }
      await this.#told;
      if (this.#failure) throw this.#reason();
      return terminal;
    } catch (error) {
      if (terminal !== undefined) close(terminal);
      throw this.#asInitError(error);
    } finally {
      close(this.#socket);
    }
  }

  abandon(): void {
    const { descriptors = [], terminal } = this.#prepared ?? {};
    // It waits at the other end of the socket.
    [...descriptors, this.#socket].forEach(close);
    if (terminal !== undefined) close(terminal);
  }

  #reason(): EngineError {
    if (!this.#failure) return new EngineError("its init was killed", { kind: "system" });
    const { call, errno } = this.#failure;
    return call.name === "unshare"
      ? namespaceError(call.purpose!, new SyscallError(call.name, call.purpose!, errno))
      : stepError(this.#start.spec.process, call, errno);
  }

  #asInitError(error: unknown): EngineError {
    const kind = error instanceof EngineError ? error.kind : "system";
    const { record: { name } } = this.#start;
    return initError(name, { kind: "failed", error: kind, message: describeError(error) });
  }
}
