/**
 * The streams of a container that starts.
 *
 * @module
 */

import { close, mkfifo, open, OpenFlag, setPipeCapacity } from "../../../ffi/mod.ts";
import { type ContainerRecord, runDirectory } from "../../container/mod.ts";
import { removeIfPresent } from "../../if_present.ts";
import { hostId, type Spec, type StreamPaths } from "../../runtime/mod.ts";
import type { Roots } from "../../state/mod.ts";
import { positionPath } from "./source.ts";

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
  /** Lets go of the FIFO of standard input, which is kept open until init has opened it. */
  letInputGo(): void;
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
  if (record.settings.terminal) return { paths: {}, ours: {}, letInputGo: () => {} };
  const paths: StreamPaths = { stdout: `${folder}/stdout`, stderr: `${folder}/stderr` };
  [paths.stdout!, paths.stderr!].forEach((path) => createFifo(path, spec));
  using opened = new DisposableStack();
  const keep = (fd: number) => opened.adopt(fd, close);
  const ours: StreamEnds = {
    output: keep(openFifo(paths.stdout!)),
    error: keep(openFifo(paths.stderr!)),
  };
  // A larger pipe means fewer turns for a flood; where it is refused, the usual one does.
  setPipeCapacity(ours.output!, PIPE_CAPACITY);
  const held = new DisposableStack();
  opened.use(held);
  if (record.settings.openStdin) {
    paths.stdin = `${folder}/stdin`;
    createFifo(paths.stdin, spec);
    // Opening one end waits for the other, unless someone has both open.
    held.adopt(open(paths.stdin, OpenFlag.RDWR), close);
    ours.input = keep(open(paths.stdin, OpenFlag.WRONLY | OpenFlag.NONBLOCK));
  }
  opened.move();
  return { paths, ours, letInputGo: () => held.dispose() };
}

/**
 * Opens a container's ends of its streams. The outputs are opened for reading as well: while nobody
 * else reads them, because the supervisor has died, writers wait and lose nothing.
 *
 * @param paths Where they are; the null device stands for those that are not.
 * @returns Standard input, output and error.
 */
export function openStreams(
  { stdin, stdout, stderr }: StreamPaths,
): [stdin: number, stdout: number, stderr: number] {
  using opened = new DisposableStack();
  const keep = (fd: number) => opened.adopt(fd, close);
  const streams: [number, number, number] = [
    keep(open(stdin ?? "/dev/null", OpenFlag.RDONLY)),
    keep(open(stdout ?? "/dev/null", OpenFlag.RDWR)),
    keep(open(stderr ?? "/dev/null", OpenFlag.RDWR)),
  ];
  opened.move();
  return streams;
}

function createFifo(path: string, { linux: { gidMappings, uidMappings } }: Spec): void {
  // What a run that nobody cleaned up after has left.
  for (const old of [path, positionPath(path)]) removeIfPresent(old);
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
