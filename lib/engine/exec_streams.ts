/**
 * The standard streams of a command that joins a container.
 *
 * @module
 */

import { close, FileType, pipe, setNonBlocking, statx } from "../../ffi/mod.ts";

/** What streams are wanted. */
export interface ExecStreamOptions {
  /** Whether there is a standard input. */
  openStdin: boolean;
  /** Whether there are outputs. */
  output: boolean;
  /** Whether our own streams are used, where that is safe. */
  inherit: boolean;
}

/** The streams of a command. */
export interface ExecStreams {
  /** The command's, by number; where one is missing it is the container's `/dev/null`. */
  theirs: (number | undefined)[];
  /** The numbers of those missing. */
  nothing: number[];
  /** Our ends, by the same numbers; non-blocking. */
  ours: (number | undefined)[];
  /** Closes our copies of the command's ends, once it has them. */
  release(): void;
}

/** No stream at all: of a command that is left alone, or has a terminal. */
export const NO_STREAMS: ExecStreams = {
  theirs: [],
  nothing: [0, 1, 2],
  ours: [],
  release: () => {},
};

/**
 * Opens the streams of a command.
 *
 * @param options What is wanted.
 * @returns The streams.
 * @throws {SyscallError} A pipe cannot be created.
 */
export function openExecStreams(options: ExecStreamOptions): ExecStreams {
  const { inherit, openStdin, output } = options;
  const streams = [openStdin, output, output].map((isWanted, fd) => {
    const kind = !isWanted ? "nothing" : inherit ? kindOf(fd) : "other";
    if (kind === "nothing") return {};
    return kind === "harmless" ? { theirs: fd } : openPipe(fd);
  });
  const own = streams.filter(({ ours }) => ours !== undefined);
  return {
    theirs: streams.map(({ theirs }) => theirs),
    nothing: [0, 1, 2].filter((fd) => streams[fd]!.theirs === undefined),
    ours: streams.map(({ ours }) => ours),
    release: () => own.forEach(({ theirs }) => close(theirs!)),
  };
}

interface Stream {
  theirs?: number;
  ours?: number;
}

function openPipe(fd: number): Stream {
  const { read, write } = pipe();
  const [theirs, ours] = fd === 0 ? [read, write] : [write, read];
  setNonBlocking(ours);
  return { theirs, ours };
}

/**
 * Looks at a stream of ours. Whoever has a descriptor can do more than read or write: type into a
 * terminal, open a file for writing that it was to read, change its mode, start from a folder. What
 * a container can do with a pipe or a socket, it can do with one of its own as well.
 */
function kindOf(fd: number): "harmless" | "nothing" | "other" {
  const { deviceMajor, deviceMinor, mode } = statx(fd);
  switch (mode & FileType.MASK) {
    case FileType.FIFO:
    case FileType.SOCKET:
      return "harmless";
    case FileType.CHARACTER:
      // null(4).
      return deviceMajor === 1 && deviceMinor === 3 ? "nothing" : "other";
    default:
      return "other";
  }
}
