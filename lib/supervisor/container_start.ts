/**
 * The start of a container: from its record to its running command.
 *
 * @module
 */

import { close, mkfifo, open, OpenFlag, pipe, read, setNonBlocking } from "../../ffi/mod.ts";
import { Cgroup } from "../cgroup/mod.ts";
import {
  bundleDirectory,
  cgroupPath,
  type ContainerRecord,
  identifyProcess,
  type ProcessIdentity,
  runDirectory,
} from "../container/mod.ts";
import {
  initError,
  type InitMessage,
  type LaunchedInit,
  launchInit,
  parseInitMessages,
  readSpec,
  type SelfCommand,
} from "../runtime/mod.ts";
import type { Roots } from "../state/mod.ts";
import type { EventLoop } from "./event_loop.ts";

/** Our ends of a container's streams. */
export interface StreamEnds {
  /** Where its standard input is written to, if it has one; the terminal where it has one. */
  input?: number;
  /** Where its standard output, or its terminal, is read from, if there is anything to read. */
  output?: number;
  /** Where its standard error is read from, if that is apart. */
  error?: number;
}

/** What a start needs. */
export interface StartContext {
  /** The instance's. */
  roots: Roots;
  /** How this program is executed again. */
  self: SelfCommand;
  /** Tells when init reports. */
  loop: EventLoop;
}

/** The container's streams as init is given them, and our ends. */
export interface PreparedStreams {
  /** What init is started with; closed once it was. */
  forInit: [stdin: number, stdout: number, stderr: number];
  /** Ours; none where there will be a terminal. */
  ours: StreamEnds;
}

const FIFO_MODE = 0o600;

/**
 * Creates the streams of a container.
 *
 * Standard output and error are FIFOs in the file system, which another supervisor can open after
 * this one has died. Init holds them open for reading as well, so a writer neither fails nor loses
 * anything in between: it waits once the pipe is full.
 *
 * @param roots The instance's.
 * @param record The container.
 * @returns The streams.
 */
export function prepareStreams(roots: Roots, record: ContainerRecord): PreparedStreams {
  const folder = runDirectory(roots, record.id);
  // What a run that nobody cleaned up after has left.
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (record.settings.terminal) {
    const nothing = () => open("/dev/null", OpenFlag.RDWR);
    return { forInit: [nothing(), nothing(), nothing()], ours: {} };
  }
  const stdout = createFifo(`${folder}/stdout`);
  const stderr = createFifo(`${folder}/stderr`);
  const ours = { output: stdout.ours, error: stderr.ours };
  if (!record.settings.openStdin) {
    const stdin = open("/dev/null", OpenFlag.RDONLY);
    return { forInit: [stdin, stdout.forInit, stderr.forInit], ours };
  }
  const stdin = pipe();
  setNonBlocking(stdin.write);
  return {
    forInit: [stdin.read, stdout.forInit, stderr.forInit],
    ours: { ...ours, input: stdin.write },
  };
}

function createFifo(path: string): { forInit: number; ours: number } {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  mkfifo(path, FIFO_MODE);
  const forInit = open(path, OpenFlag.RDWR);
  return { forInit, ours: openFifo(path) };
}

/**
 * Opens our end of a container's FIFO.
 *
 * @param path The FIFO.
 * @returns A non-blocking descriptor to read from.
 * @throws {SyscallError} It does not exist.
 */
export function openFifo(path: string): number {
  return open(path, OpenFlag.RDONLY | OpenFlag.NONBLOCK);
}

/**
 * Starts a container's init, which waits to be told to proceed.
 *
 * @param context What a start needs.
 * @param record The container.
 * @param streams What init is given; closed here.
 * @returns Init.
 * @throws {EngineError} `invalid`: the container's configuration cannot be read.
 * @throws {SyscallError} Init cannot be started.
 */
export function startInit(
  context: StartContext,
  record: ContainerRecord,
  { forInit }: PreparedStreams,
): LaunchedInit {
  const bundle = bundleDirectory(context.roots, record.id);
  try {
    const { namespaces } = readSpec(bundle).linux;
    return launchInit({ bundle, self: context.self, namespaces, streams: forInit });
  } finally {
    forInit.forEach(close);
  }
}

/**
 * Places a container's init in the container's cgroup, while init starts up.
 *
 * @param roots The instance's.
 * @param id The container's whole id.
 * @param pid Init.
 * @returns How to know init again.
 * @throws {EngineError} `system`: the cgroup cannot be made.
 */
export function placeInCgroup(roots: Roots, id: string, pid: number): ProcessIdentity {
  const cgroup = new Cgroup(cgroupPath(roots, id));
  cgroup.create();
  cgroup.add(pid);
  // Our child, and not waited for: it is there, dead or alive.
  return identifyProcess(pid)!;
}

/**
 * Lets init proceed until it has become the container's command.
 *
 * @param loop Tells when init reports.
 * @param record The container.
 * @param init Init, which waits.
 * @returns The terminal's master side where the container has one; non-blocking.
 * @throws {EngineError} Init gave up, and said why.
 */
export async function awaitCommand(
  loop: EventLoop,
  record: ContainerRecord,
  init: LaunchedInit,
): Promise<number | undefined> {
  let terminal: number | undefined;
  let text = "";
  init.proceed();
  try {
    for await (const part of reports(loop, init.report)) {
      const { messages, rest } = parseInitMessages(text + part);
      text = rest;
      for (const message of messages) terminal = handleReport(record, init, message) ?? terminal;
    }
    return terminal;
  } catch (error) {
    if (terminal !== undefined) close(terminal);
    throw error;
  } finally {
    init.closePipes();
  }
}

function handleReport(
  record: ContainerRecord,
  init: LaunchedInit,
  message: InitMessage,
): number {
  if (message.kind === "failed") throw initError(record.name, message);
  const terminal = init.takeDescriptor(message.fd);
  setNonBlocking(terminal);
  init.proceed();
  return terminal;
}

/** What comes through init's pipe, until it is closed: by its execve, or its end. */
async function* reports(loop: EventLoop, fd: number): AsyncGenerator<string> {
  const buffer = new Uint8Array(4096);
  const decoder = new TextDecoder();
  try {
    while (true) {
      const count = read(fd, buffer);
      if (count === 0) return;
      if (count !== undefined) yield decoder.decode(buffer.subarray(0, count), { stream: true });
      else {
        await new Promise<void>((resolve) => loop.watch(fd, { readable: resolve }));
        loop.unwatch(fd);
      }
    }
  } finally {
    loop.unwatch(fd);
  }
}
