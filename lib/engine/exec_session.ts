/**
 * A command that joins a container, from its start to its end.
 *
 * @module
 */

import {
  close,
  Errno,
  isErrno,
  open,
  OpenFlag,
  pidfdSendSignal,
  reap,
  setNonBlocking,
  setTerminalSize,
  Signal,
  spawn,
} from "../../ffi/mod.ts";
import { EngineError } from "../errors.ts";
import type { LaunchedExec } from "../runtime/exec_launch.ts";
import type { ExecOrder, ExecReport } from "../runtime/exec_messages.ts";
import { EventLoop } from "../supervisor/event_loop.ts";
import { ContainerInput } from "../supervisor/input.ts";
import type { TerminalDimensions } from "../supervisor/protocol.ts";
import type { OutputListener } from "./attachment.ts";
import type { ExecutedCommand } from "./exec.ts";
import { ExecOutput } from "./exec_output.ts";
import { followReports } from "./exec_reports.ts";
import type { ExecStreams } from "./exec_streams.ts";

// What holds a terminal's other side after us, and reads what is written to it.
const TERMINAL_KEEPER = "/bin/cat";

/** A command in a running container, and the process it begins as. */
export class ExecSession implements ExecutedCommand {
  readonly #loop = new EventLoop();
  readonly #child: LaunchedExec;
  readonly #onOutput: OutputListener;
  readonly #exit = Promise.withResolvers<number>();
  readonly #outputs: ExecOutput[] = [];
  #input: ContainerInput | undefined;
  #terminal: number | undefined;
  #ended = false;

  /**
   * Looks after a process that was launched, from now to its end.
   *
   * @param child The process.
   * @param streams Our ends of its streams.
   * @param onOutput Takes what it writes to them, or to its terminal.
   */
  constructor(child: LaunchedExec, streams: ExecStreams["ours"], onOutput: OutputListener) {
    this.#child = child;
    this.#onOutput = onOutput;
    // Whoever waits for the command gets the error.
    this.#exit.promise.catch(() => {});
    this.#loop.watch(child.pidfd, { readable: () => this.#end() });
    const [stdin, stdout, stderr] = streams;
    if (stdin !== undefined) this.#input = new ContainerInput(this.#loop, stdin, true);
    if (stdout !== undefined) this.#read(stdout, "stdout");
    if (stderr !== undefined) this.#read(stderr, "stderr");
    const isDone = () => this.#ended && !this.#loop.watcher(child.report).readable;
    this.#loop.run(this.#exit.reject, isDone).catch(this.#exit.reject);
  }

  get exitCode(): Promise<number> {
    return this.#exit.promise;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get takesInput(): boolean {
    return this.#input !== undefined;
  }

  /**
   * Lets the process become the command.
   *
   * @param container The container's name, for messages.
   * @param order The command.
   * @returns Whether it has; if not, it was killed before, as it is when the container ends.
   * @throws {EngineError} It cannot: there is no such command, user or folder.
   */
  async execute(
    container: string,
    order: Extract<ExecOrder, { kind: "execute" }>,
  ): Promise<boolean> {
    let isReady = false;
    const followed = followReports(this.#loop, this.#child.report, (report) => {
      if (report.kind === "ready") isReady = true;
      else if (report.kind === "terminal") this.#takeTerminal(report.fd);
      else throw executionError(container, report);
    });
    this.#child.send(order);
    await followed;
    this.#child.closePipes();
    return isReady;
  }

  /** Gives up a process that has not become the command, and waits for its end. */
  async abandon(): Promise<void> {
    this.#loop.unwatch(this.#child.report);
    this.#child.closePipes();
    await this.signal(Signal.SIGKILL);
    await this.exitCode;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#input?.write(new Uint8Array(bytes));
  }

  closeInput(): Promise<void> {
    if (this.#terminal === undefined) this.#input?.close();
    return Promise.resolve();
  }

  resize(size: TerminalDimensions): Promise<void> {
    if (this.#terminal !== undefined && !this.#ended) setTerminalSize(this.#terminal, size);
    return Promise.resolve();
  }

  signal(signal: number): Promise<void> {
    try {
      if (!this.#ended) pidfdSendSignal(this.#child.pidfd, signal);
    } catch (error) {
      if (!isErrno(error, Errno.ESRCH)) throw error;
    }
    return Promise.resolve();
  }

  /** The terminal's other side is left to a small process, which ends when the terminal does. */
  leave(): void {
    if (this.#terminal === undefined || this.#ended) return;
    const nothing = open("/dev/null", OpenFlag.RDWR);
    setNonBlocking(this.#terminal, false);
    try {
      spawn({
        path: TERMINAL_KEEPER,
        args: ["cat"],
        env: {},
        fds: { 0: this.#terminal, 1: nothing, 2: nothing },
        newSession: true,
      });
    } finally {
      close(nothing);
    }
  }

  #takeTerminal(fd: number): void {
    const terminal = this.#child.takeDescriptor(fd);
    setNonBlocking(terminal);
    this.#terminal = terminal;
    this.#input = new ContainerInput(this.#loop, terminal, false);
    this.#read(terminal, "stdout");
    this.#child.send({ kind: "proceed" });
  }

  #read(fd: number, stream: "stdout" | "stderr"): void {
    const { reject } = this.#exit;
    this.#outputs.push(new ExecOutput(this.#loop, fd, stream, this.#onOutput, reject));
  }

  /** All that is watched is let go at once: nothing can be after the loop's last round. */
  #end(): void {
    const status = reap(this.#child.pid);
    if (status === undefined) return;
    this.#ended = true;
    this.#input?.close();
    this.#loop.unwatch(this.#child.pidfd);
    close(this.#child.pidfd);
    const code = status.kind === "exited" ? status.code : 128 + status.signal;
    Promise.all(this.#outputs.map((output) => output.finish()))
      .then(() => this.#exit.resolve(code), this.#exit.reject);
  }
}

function executionError(
  container: string,
  report: Extract<ExecReport, { kind: "failed" }>,
): EngineError {
  const isMissing = report.error === "commandNotFound";
  return new EngineError(
    `Cannot execute a command in container "${container}": ${report.message}`,
    {
      // As in Docker, whatever keeps the command from being executed.
      kind: isMissing ? report.error : "commandNotExecutable",
    },
  );
}
