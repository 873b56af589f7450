/**
 * A command that joins a container, from its start to its end.
 *
 * @module
 */

import {
  close,
  Errno,
  type ExitStatus,
  ignoreSignal,
  isErrno,
  open,
  OpenFlag,
  pidfdOpen,
  pidfdSendSignal,
  setNonBlocking,
  setTerminalSize,
  Signal,
  spawn,
  type SystemCall,
} from "../../../ffi/mod.ts";
import { exitCode } from "../../container/life/exit_code.ts";
import { readProcessStat, takeExitStatus } from "../../process/mod.ts";
import { keepsExitStatus } from "../../kernel_version.ts";
import type { LaunchedProgram } from "../../runtime/init/program_launch.ts";
import { EventLoop } from "../../supervisor/watch/event_loop.ts";
import { ContainerInput } from "../../supervisor/run/input.ts";
import { followReports } from "../../supervisor/watch/program_reports.ts";
import type { TerminalDimensions } from "../../supervisor/protocol.ts";
import type { OutputListener } from "../instance/attachment.ts";
import type { ExecutedCommand } from "./executed_command.ts";
import type { ExecLife } from "./life.ts";
import { ExecOutput } from "./output.ts";
import type { ExecStreams } from "./streams.ts";

// A command that runs for that long may be one that somebody goes away from.
const INSURED_AFTER_MILLISECONDS = 200;

// What holds a terminal's other side after us, and reads what is written to it.
const TERMINAL_KEEPER = "/bin/cat";

/** What is thrown where a command cannot become what it was to be. */
export interface FailureMaker {
  /**
   * Makes the error.
   *
   * @param call The system call that failed.
   * @param errno The error number.
   * @returns The error to throw.
   */
  (call: SystemCall, errno: number): Error;
}

/** A command in a running container, and the process that leads to it. */
export class ExecSession implements ExecutedCommand {
  readonly #loop = new EventLoop();
  readonly #launched: LaunchedProgram;
  readonly #onOutput: OutputListener;
  readonly #exit = Promise.withResolvers<number>();
  readonly #outputs: ExecOutput[] = [];
  readonly #input: ContainerInput | undefined;
  readonly #terminal: number | undefined;
  /** The processes that have to be waited for. */
  readonly #processes = new Set<number>();
  /** Refers to the command while it runs. */
  #command: number | undefined;
  #commandPid: number | undefined;
  #life: ExecLife | undefined;
  #told = this.#exit.promise;
  #insurance: ReturnType<typeof setTimeout> | undefined;

  /**
   * Looks after a process that was launched, from now to the end of its command.
   *
   * @param launched The process.
   * @param streams Our ends of its streams.
   * @param onOutput Takes what it writes to them, or to its terminal.
   */
  constructor(launched: LaunchedProgram, streams: ExecStreams, onOutput: OutputListener) {
    this.#launched = launched;
    this.#onOutput = onOutput;
    this.#terminal = streams.terminal;
    // Whoever waits for the command gets the error.
    this.#exit.promise.catch(() => {});
    this.#awaitEnd(launched.pid, launched.pidfd, () => {});
    const [stdin = this.#terminal, stdout = this.#terminal, stderr] = streams.ours;
    const ownsInput = this.#terminal === undefined;
    if (stdin !== undefined) this.#input = new ContainerInput(this.#loop, stdin, ownsInput);
    if (stdout !== undefined) this.#read(stdout, "stdout");
    if (stderr !== undefined) this.#read(stderr, "stderr");
  }

  get exitCode(): Promise<number> {
    return this.#told;
  }

  get ended(): boolean {
    return this.#command === undefined;
  }

  get pid(): number {
    return this.#commandPid!;
  }

  get takesInput(): boolean {
    return this.#input !== undefined;
  }

  /**
   * Waits until the process has become the command.
   *
   * @param failure Makes the error where it cannot.
   * @param life Is told of the command's end.
   * @returns Whether it has; if not, it was killed before, as it is when the container ends.
   * @throws What `failure` made.
   */
  async start(failure: FailureMaker, life: ExecLife): Promise<boolean> {
    let [isForked, isReady] = [false, false];
    let error: Error | undefined;
    // The two sides of the fork report in any order.
    const followed = followReports(this.#loop, this.#launched, (report) => {
      if (report.kind === "failed") error = failure(report.call, report.errno);
      else if (report.kind === "reached") isReady = true;
      else {
        isForked = true;
        this.#hold(report.pid);
      }
    });
    const isDone = () =>
      this.#processes.size === 0 && !this.#loop.watcher(this.#launched.report).readable;
    this.#loop.run(this.#exit.reject, isDone).catch(this.#exit.reject);
    await followed;
    close(this.#launched.report);
    if (isForked && isReady && !error) {
      this.#tell(life, this.#commandPid!);
      return true;
    }
    await this.#finish();
    if (error) throw error;
    return false;
  }

  /** Whoever learns the exit code learns it after everybody else could. */
  #tell(life: ExecLife, pid: number): void {
    this.#life = life;
    life.running(pid);
    this.#told = this.#exit.promise.then((code) => {
      life.ended(code);
      return code;
    });
    this.#told.catch(() => {});
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#input?.write(new Uint8Array(bytes));
  }

  closeInput(): Promise<void> {
    if (this.#terminal === undefined) this.#input?.close();
    return Promise.resolve();
  }

  resize(size: TerminalDimensions): Promise<void> {
    if (this.#terminal !== undefined && !this.ended) setTerminalSize(this.#terminal, size);
    return Promise.resolve();
  }

  signal(signal: number): Promise<void> {
    try {
      if (this.#command !== undefined) pidfdSendSignal(this.#command, signal);
    } catch (error) {
      if (!isErrno(error, Errno.ESRCH)) throw error;
    }
    return Promise.resolve();
  }

  async leave(): Promise<void> {
    this.#life?.detached();
    await this.outlive();
  }

  /** Lets the command live on without this process. */
  async outlive(): Promise<void> {
    if (this.ended) return;
    // Where nobody else tells of its end, it has come to it, and we do.
    if (!await this.#life!.handOver(this.#commandPid!)) return void await this.#told;
    if (this.ended || this.#terminal === undefined) return;
    // Its keeper reads it from now on, and waits when there is nothing: so would we.
    for (const output of this.#outputs) output.leave();
    keepTerminal(this.#terminal);
  }

  /**
   * Has the command live on undisturbed should this process be killed, and its end told all the same;
   * one that ends soon is not worth the effort.
   */
  insure(): void {
    if (this.ended) return;
    this.#insurance = setTimeout(() => {
      const outputs = this.#outputs.flatMap(({ fd }) => fd ?? []);
      // Nobody is told that it failed: the command does not depend on it while this process lives.
      this.#life!.insure(this.#commandPid!, outputs).catch(() => {});
    }, INSURED_AFTER_MILLISECONDS);
  }

  /** It is our child, and not waited for: it is there, dead or alive. */
  #hold(pid: number): void {
    const pidfd = pidfdOpen(pid);
    this.#command = pidfd;
    this.#commandPid = pid;
    this.#awaitEnd(pid, pidfd, (status) => {
      this.#command = undefined;
      const code = exitCode(status);
      this.#finish().then(() => this.#exit.resolve(code), this.#exit.reject);
    });
  }

  /** Where somebody traces it, it has ended before it can be waited for. */
  #awaitEnd(pid: number, pidfd: number, onEnd: (status: ExitStatus | undefined) => void): void {
    this.#processes.add(pid);
    const start = readProcessStat(pid)?.start;
    let isTold = false;
    const ask = () => {
      const known = takeExitStatus({ pid, pidfd, start });
      if (!known) return;
      if (!known.isZombie) {
        this.#processes.delete(pid);
        this.#loop.unwatch(pidfd);
        close(pidfd);
      }
      if (!isTold) onEnd(known.status);
      isTold = true;
    };
    this.#loop.watch(pidfd, { readable: ask, onChange: true });
  }

  #read(fd: number, stream: "stdout" | "stderr"): void {
    const { reject } = this.#exit;
    this.#outputs.push(new ExecOutput(this.#loop, fd, stream, this.#onOutput, reject));
  }

  /** All that is watched is let go at once: nothing can be after the loop's last round. */
  async #finish(): Promise<void> {
    clearTimeout(this.#insurance);
    this.#input?.close();
    await Promise.all(this.#outputs.map((output) => output.finish()));
  }
}

/** The terminal's other side is left to a small process, which ends when the terminal does. */
function keepTerminal(terminal: number): void {
  const nothing = open("/dev/null", OpenFlag.RDWR);
  setNonBlocking(terminal, false);
  try {
    spawn({
      path: TERMINAL_KEEPER,
      args: ["cat"],
      env: {},
      fds: { 0: terminal, 1: nothing, 2: nothing },
      newSession: true,
    });
  } finally {
    close(nothing);
  }
}

/**
 * Has the kernel wait for children of this process, where it tells afterwards how they ended (Linux
 * 6.15). A PID namespace does not come to its end before somebody has waited for each of its processes,
 * and this process may be stopped.
 */
export function leaveNoZombies(): void {
  if (keepsExitStatus()) ignoreSignal(Signal.SIGCHLD);
}
