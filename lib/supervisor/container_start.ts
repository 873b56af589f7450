/**
 * The start of a container: from its record to its running command.
 *
 * @module
 */

import {
  close,
  mkfifo,
  open,
  OpenFlag,
  read,
  setNonBlocking,
  setPipeCapacity,
  setTerminalSize,
} from "../../ffi/mod.ts";
import { type ContainerRecord, runDirectory } from "../container/mod.ts";
import {
  hostId,
  initError,
  type InitMessage,
  type LaunchedInit,
  parseMessages,
  type Spec,
  type StreamPaths,
} from "../runtime/mod.ts";
import type { Roots } from "../state/mod.ts";
import type { EventLoop } from "./event_loop.ts";
import { positionPath } from "./output_source.ts";
import type { TerminalDimensions } from "./protocol.ts";

/** Our ends of a container's streams. */
export interface StreamEnds {
  /** Where its standard input is written to, if it has one; the terminal where it has one. */
  input?: number;
  /** Where its standard output, or its terminal, is read from, if there is anything to read. */
  output?: number;
  /** Where its standard error is read from, if that is apart. */
  error?: number;
}

/** The container's streams as init is told them, and our ends. */
export interface PreparedStreams {
  /** Where init finds them. */
  paths: StreamPaths;
  /** Ours; none where there will be a terminal. */
  ours: StreamEnds;
  /** Keeps the FIFO of standard input open until init has opened it. */
  holdInput?: number;
}

const FIFO_MODE = 0o600;
const PIPE_CAPACITY = 1 << 20;

/**
 * Creates the streams of a container.
 *
 * They are FIFOs in the file system, which another supervisor can open after this one has died.
 *
 * @param roots The instance's.
 * @param record The container.
 * @param spec Its configuration.
 * @returns The streams.
 */
export function prepareStreams(roots: Roots, record: ContainerRecord, spec: Spec): PreparedStreams {
  const folder = runDirectory(roots, record.id);
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (record.settings.terminal) return { paths: {}, ours: {} };
  const paths: StreamPaths = { stdout: `${folder}/stdout`, stderr: `${folder}/stderr` };
  [paths.stdout!, paths.stderr!].forEach((path) => createFifo(path, spec));
  const ours: StreamEnds = { output: openFifo(paths.stdout!), error: openFifo(paths.stderr!) };
  // A larger pipe means fewer turns for a flood; where it is refused, the usual one does.
  setPipeCapacity(ours.output!, PIPE_CAPACITY);
  if (!record.settings.openStdin) return { paths, ours };
  paths.stdin = `${folder}/stdin`;
  createFifo(paths.stdin, spec);
  // Opening one end waits for the other, unless someone has both open.
  const holdInput = open(paths.stdin, OpenFlag.RDWR);
  ours.input = open(paths.stdin, OpenFlag.WRONLY | OpenFlag.NONBLOCK);
  return { paths, ours, holdInput };
}

function createFifo(path: string, { linux: { gidMappings, uidMappings } }: Spec): void {
  // What a run that nobody cleaned up after has left.
  for (const old of [path, positionPath(path)]) {
    try {
      Deno.removeSync(old);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  mkfifo(path, FIFO_MODE);
  // The root of a user namespace hands them on to whoever the command runs as.
  if (uidMappings) Deno.chownSync(path, hostId(uidMappings, 0), hostId(gidMappings, 0));
}

/**
 * Opens our end of a container's output.
 *
 * @param path The FIFO.
 * @returns A non-blocking descriptor to read from.
 * @throws {SyscallError} It does not exist.
 */
export function openFifo(path: string): number {
  return open(path, OpenFlag.RDONLY | OpenFlag.NONBLOCK);
}

/**
 * Lets init proceed until it has become the container's command.
 *
 * @param loop Tells when init reports.
 * @param record The container.
 * @param init Init, which waits.
 * @param size The size its terminal is to have, where it has one.
 * @returns The terminal's master side where the container has one; non-blocking.
 * @throws {EngineError} Init gave up, and said why.
 */
export async function awaitCommand(
  loop: EventLoop,
  record: ContainerRecord,
  init: LaunchedInit,
  size: TerminalDimensions | undefined,
): Promise<number | undefined> {
  let terminal: number | undefined;
  let text = "";
  init.send({ kind: "proceed" });
  try {
    for await (const part of reports(loop, init.report)) {
      const { messages, rest } = parseMessages<InitMessage>(text + part);
      text = rest;
      for (const message of messages) terminal = handleReport(record, init, message, size);
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
  size: TerminalDimensions | undefined,
): number {
  if (message.kind === "failed") throw initError(record.name, message);
  const terminal = init.takeDescriptor(message.fd);
  setNonBlocking(terminal);
  // Before the command runs, which may ask at once.
  if (size) setTerminalSize(terminal, size);
  init.send({ kind: "proceed" });
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
