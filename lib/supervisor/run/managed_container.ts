/**
 * A container that runs or is to run again, as the supervisor holds it: over all its runs.
 *
 * @module
 */

import { Signal } from "../../../ffi/mod.ts";
import {
  type ContainerRecord,
  parseSignal,
  recordVolumeEvents,
  releaseRun,
  StartLock,
  wantsRestart,
  WITH_PROCESSES,
} from "../../container/mod.ts";
import { EngineError } from "../../errors.ts";
import { storageFailure } from "../../state/mod.ts";
import { ContainerRun, type RunEnd } from "./container_run.ts";
import { openLogSink } from "../output/log_sink.ts";
import type { OutputSink } from "../output/pump.ts";
import type { TerminalDimensions } from "../protocol.ts";
import { RestartTimer } from "./restart_timer.ts";
import { abandonStart, closePorts, putAway, recordEnd } from "./records.ts";
import { RunWatch } from "./run_watch.ts";
import type { SupervisionContext } from "../supervision_context.ts";

// As in Docker, for how long the end of what was killed is waited for.
const KILL_MILLISECONDS = 10_000;

/** How to start a run. */
export interface StartOptions {
  /** Who takes its output from the first byte on. */
  sinks: readonly OutputSink[];
  /** The terminal's size, where it has one. */
  size: TerminalDimensions | undefined;
  /** Told that the command runs, before the first byte of output. */
  onStarted(): void;
}

/** How to stop a container. */
export interface StopOptions {
  /** Whether nobody wants it stopped but the machine, so that a boot may start it again. */
  untilBoot: boolean;
  /** The signal that asks, in place of the container's own. */
  signal?: number;
  /** How many seconds it has, in place of the container's own; -1 for ever. */
  timeoutSeconds?: number;
}

/** A container that runs or is to run again. */
export class ManagedContainer {
  readonly #context: SupervisionContext;
  readonly #id: string;
  readonly #released = Promise.withResolvers<void>();
  #run: ContainerRun | undefined;
  #settled: Promise<number> = Promise.resolve(0);
  #sinks = new Set<OutputSink>();
  readonly #restart = new RestartTimer();
  /** The end of a run, or the beginning of one, while it takes its time. */
  #underWay: Promise<unknown> | undefined;
  /** Whether the current run is ended only to be followed by another one. */
  #startsNext = false;
  /** Whether it does not run again before the machine was booted. */
  #staysDown = false;
  #next: Promise<void> = Promise.resolve();
  #watch: RunWatch | undefined;
  #lastRecord: ContainerRecord | undefined;

  /**
   * Takes charge of a container that does not run yet.
   *
   * @param context What supervision needs.
   * @param id The container's whole id.
   */
  constructor(context: SupervisionContext, id: string) {
    this.#context = context;
    this.#id = id;
  }

  /** Settles once the container does not run and is not going to. */
  get released(): Promise<void> {
    return this.#released.promise;
  }

  /** Settles with the exit code once the current run has ended and everything of it was put away. */
  get ended(): Promise<number> {
    return this.#settled;
  }

  /** The run that is going on, if one is. */
  get run(): ContainerRun | undefined {
    return this.#run;
  }

  /**
   * Starts the container by hand.
   *
   * @param options How.
   * @throws {EngineError} It cannot be started; nothing of the attempt is left, and its record says
   * why. With `--rm` it is removed.
   */
  async start(options: StartOptions): Promise<void> {
    await this.#during(this.#startByHand(options));
  }

  async #startByHand(options: StartOptions): Promise<void> {
    let record: ContainerRecord | undefined;
    try {
      this.#context.store.setStoppedByHand(this.#id, false);
      this.#staysDown = false;
      record = this.#record();
      await this.#startRun(record, options);
    } catch (error) {
      this.#settled = record
        ? abandonStart(this.#context, record, error)
        : Promise.reject<number>(error);
      // Whoever waits for the end gets what went wrong; nothing runs, in any case.
      await this.#settled.catch(() => {});
      this.#released.resolve();
      throw error;
    }
  }

  /**
   * Takes over a run that another supervisor had started.
   *
   * @param record The container.
   * @throws {SyscallError} Its process or its streams are not there any more.
   */
  adopt(record: ContainerRecord): void {
    this.#sinks = new Set(openLogSink(this.#context.roots, record, this.#context.log));
    this.#hold(ContainerRun.adopt(this.#context, record, this.#sinks), { isAdopted: true });
  }

  /** Goes on with what another supervisor had begun to wait for: starting it again. */
  resumeRestart(): void {
    this.#scheduleRestart(0);
  }

  /**
   * Adds someone who takes the output of the current run from now on.
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
   * Asks the command to end, and ends it where it does not.
   *
   * @param options How, and what for.
   * @returns The exit code, once everything of the run was put away.
   * @throws {EngineError} `system`: not even SIGKILL ends it.
   */
  async stop({ signal, timeoutSeconds, untilBoot }: StopOptions): Promise<number> {
    if (untilBoot) this.#staysDown = true;
    else this.#context.store.setStoppedByHand(this.#id, true);
    await this.#betweenRuns();
    this.#giveUpRestart();
    return await this.#endRun(signal, timeoutSeconds);
  }

  /**
   * Ends the command as {@linkcode stop} does, and starts it again at once.
   *
   * @param signal The signal that asks, in place of the container's own.
   * @param timeoutSeconds How long it has, in place of the container's own; -1 for ever.
   * @returns Whether it runs again; if not, it has ended for good before it could be ended.
   * @throws {EngineError} It cannot be started again.
   */
  async restart(signal?: number, timeoutSeconds?: number): Promise<boolean> {
    await this.#betweenRuns();
    if (this.#run) {
      this.#startsNext = true;
      try {
        await this.#endRun(signal, timeoutSeconds);
      } catch (error) {
        // It does not end; whenever it does, nobody waits for what is next.
        this.#startsNext = false;
        throw error;
      }
      await this.#next;
      return true;
    }
    if (!this.#restart.cancel()) return false;
    await this.#startNext();
    return true;
  }

  /**
   * Waits while a run is being put away, or another one begins.
   *
   * @returns Whether the container runs then, or is going to by itself.
   */
  async isUp(): Promise<boolean> {
    await this.#betweenRuns();
    return this.#run !== undefined || this.#restart.isSet;
  }

  async #betweenRuns(): Promise<void> {
    // Whoever asked for what is under way gets its error.
    while (this.#underWay) await this.#underWay.catch(() => {});
  }

  async #during<T>(work: Promise<T>): Promise<T> {
    this.#underWay = work;
    try {
      return await work;
    } finally {
      if (this.#underWay === work) this.#underWay = undefined;
    }
  }

  async #endRun(signal?: number, timeoutSeconds?: number): Promise<number> {
    const { settings } = this.#record();
    const run = this.#run;
    const end = this.#settled;
    if (!run) return await end;
    const asked = signal ?? parseSignal(settings.stopSignal);
    run.signal(asked);
    // It cannot act upon the signal while it is paused.
    await this.#context.resume(this.#id);
    if (asked === Signal.SIGKILL) return await killed(end);
    const seconds = timeoutSeconds ?? settings.stopTimeout;
    if (seconds < 0) return await end;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      run.signal(Signal.SIGKILL);
      killed(end).catch(late.reject);
    }, seconds * 1000);
    try {
      return await Promise.race([end, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Sends the command a signal.
   *
   * @param signal The signal's number. SIGKILL and the container's stop signal also keep a restart
   * policy from starting it again, and let a paused container run on.
   * @returns When it is sent; after SIGKILL, when everything of the run was put away.
   * @throws {EngineError} `system`: not even SIGKILL ends it.
   */
  async kill(signal: number): Promise<void> {
    const { store } = this.#context;
    const record = this.#record();
    const isToEnd = signal === Signal.SIGKILL || signal === parseSignal(record.settings.stopSignal);
    const end = this.#settled;
    // First, whatever becomes of what is recorded; its end is looked at later.
    this.#run?.signal(signal);
    if (isToEnd) store.setStoppedByHand(this.#id, true);
    store.recordEvent(record, "kill", { signal: `${signal}` });
    // Paused, it would not end.
    if (isToEnd) await this.#context.resume(this.#id);
    if (signal === Signal.SIGKILL) await killed(end);
  }

  /** Tells that someone who was attached has gone on purpose. */
  detached(): void {
    this.#context.store.recordEvent(this.#record(), "detach");
  }

  /**
   * Sets the size of the command's terminal, if it has one.
   *
   * @param size The size.
   */
  resize(size: TerminalDimensions): void {
    const run = this.#run;
    if (!run?.hasTerminal) return;
    run.resize(size);
    const attributes = { height: `${size.rows}`, width: `${size.columns}` };
    this.#context.store.recordEvent(this.#record(), "resize", attributes);
  }

  #record(): ContainerRecord {
    let record: ContainerRecord | undefined;
    try {
      record = this.#context.store.get(this.#id);
    } catch (error) {
      // Not even reading is possible: what was read last serves for ending it.
      if (storageFailure(error) === undefined) throw error;
      record = this.#lastRecord;
    }
    this.#lastRecord = record;
    if (record) return record;
    throw new EngineError(`No such container: ${this.#id.slice(0, 12)}`, { kind: "notFound" });
  }

  async #startRun(record: ContainerRecord, options: StartOptions): Promise<void> {
    const logs = openLogSink(this.#context.roots, record, this.#context.log);
    this.#sinks = new Set([...logs, ...options.sinks]);
    try {
      const { onStarted, size } = options;
      using _lock = await StartLock.take(this.#context.roots, this.#id, "alone");
      const run = await ContainerRun.start(this.#context, record, this.#sinks, size, onStarted);
      if (options.sinks.length > 0) this.#context.store.recordEvent(record, "attach");
      recordVolumeEvents(this.#context.store, record, "mount");
      this.#context.store.recordEvent(record, "start");
      this.#hold(run, { isAdopted: false });
    } catch (error) {
      for (const log of logs) log.runEnded();
      throw error;
    }
  }

  #hold(run: ContainerRun, { isAdopted }: { isAdopted: boolean }): void {
    this.#run = run;
    this.#watch = new RunWatch(this.#context, this.#record(), isAdopted);
    this.#settled = run.ended.then((end) => this.#during(this.#afterRun(end)));
    this.#settled.catch((error) => {
      this.#context.log(`Cannot put away container "${this.#id}"`, error);
      this.#released.resolve();
    });
  }

  /** Records how a run ended, puts away what it held, and has it started again where that is due. */
  async #afterRun(end: RunEnd): Promise<number> {
    const { roots, store } = this.#context;
    this.#run = undefined;
    for (const sink of this.#sinks) sink.runEnded?.();
    const record = this.#record();
    this.#watch?.end(record, end);
    const byHand = this.#startsNext;
    this.#startsNext = false;
    const again = byHand || (!this.#staysDown && wantsRestart(record, end.exitCode));
    const status = again ? "restarting" : "stopped";
    const ran = end.finishedAt - (record.startedAt ?? end.finishedAt);
    recordEnd(store, record, end, ran);
    store.transition(this.#id, WITH_PROCESSES, status, { ...end, process: null });
    await closePorts(this.#context, record);
    if (byHand) {
      await releaseRun(roots, store, record);
      this.#next = this.#startNext();
      // Whoever waits for it gets the error.
      this.#next.catch(() => {});
    } else if (again) {
      await releaseRun(roots, store, record);
      this.#scheduleRestart(ran);
    } else {
      await this.#putAway(record);
      this.#released.resolve();
    }
    return end.exitCode;
  }

  /** A disk that keeps it from being removed at its end does so until it can be written. */
  async #putAway(record: ContainerRecord): Promise<void> {
    try {
      await putAway(this.#context, record, ["stopped"]);
    } catch (error) {
      if (storageFailure(error) === undefined) throw error;
      this.#context.log(`Cannot remove container "${record.name}" yet`, error);
      this.#context.settleLater();
    }
  }

  #scheduleRestart(ran: number): void {
    this.#restart.set(ran, () => {
      this.#during(this.#startAgain()).catch((error) => {
        this.#context.log(`Cannot start container "${this.#id}" again`, error);
        this.#released.resolve();
      });
    });
  }

  async #startNext(): Promise<void> {
    this.#restart.startOver();
    this.#context.store.setRestartCount(this.#id, 0);
    await this.start({ sinks: [], size: undefined, onStarted: () => {} });
  }

  async #startAgain(): Promise<void> {
    const { store } = this.#context;
    const record = this.#record();
    // Before the run, whose end may come before this goes on, and asks whether it is the last.
    store.setRestartCount(this.#id, record.restartCount + 1);
    try {
      await this.#startRun(record, { sinks: [], size: undefined, onStarted: () => {} });
    } catch (error) {
      if (storageFailure(error) !== undefined) return await this.#tryAgainLater(record, error);
      this.#settled = Promise.resolve(await abandonStart(this.#context, record, error));
      this.#released.resolve();
    }
  }

  /** Its policy is not to end with the room of the disk. */
  async #tryAgainLater(record: ContainerRecord, error: unknown): Promise<void> {
    const { log, roots, store } = this.#context;
    log(`Cannot start container "${record.name}" again yet`, error);
    await closePorts(this.#context, record);
    await releaseRun(roots, store, record);
    if (this.#record().status === "running") {
      store.transition(this.#id, WITH_PROCESSES, "restarting", { process: null });
    }
    this.#scheduleRestart(0);
  }

  #giveUpRestart(): void {
    if (!this.#restart.cancel()) return;
    this.#context.store.transition(this.#id, ["restarting"], "stopped");
    this.#released.resolve();
  }
}

/**
 * Waits for the end of what was killed. A kernel that waits for a device may hold it up, and so may
 * whoever traces a process of a PID namespace: that does not end before the tracer has looked.
 */
async function killed<T>(end: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const text =
      "tried to kill container, but did not receive an exit event: one of its processes is " +
      "traced (gdb, strace), or waits for a device; end the tracer, or try again later";
    late.reject(new EngineError(text, { kind: "system" }));
  }, KILL_MILLISECONDS);
  try {
    return await Promise.race([end, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
