/**
 * The standard streams of a command that joins a container.
 *
 * @module
 */

import {
  close,
  FileType,
  OpenFlag,
  openPseudoTerminal,
  pipe,
  setNonBlocking,
  setTerminalSize,
  statx,
  type TerminalSize,
} from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";

/** What streams are wanted. */
export interface ExecStreamOptions {
  /** Whether there is a standard input. */
  openStdin: boolean;
  /** Whether there are outputs. */
  output: boolean;
  /** Whether our own streams are used, where that is safe. */
  inherit: boolean;
}

/** Opens a file of the container: the part of `ContainerRoot` that is needed here. */
export interface ContainerFiles {
  /**
   * Opens a path.
   *
   * @param path An absolute path in the container.
   * @param flags Bits of `OpenFlag`.
   * @returns A descriptor.
   * @throws {SyscallError} It cannot be opened.
   */
  open(path: string, flags: number): number;
}

/** The streams of a command. */
export interface ExecStreams {
  /** The command's. */
  theirs: [stdin: number, stdout: number, stderr: number];
  /** Our ends, by the same numbers, where there are any; non-blocking. */
  ours: (number | undefined)[];
  /** The terminal, where there is one, in place of our ends; non-blocking. */
  terminal?: number;
  /** Closes our copies of the command's ends, once it has them. */
  release(): void;
}

/**
 * Opens the streams of a command.
 *
 * @param options What is wanted.
 * @param files The container's files: its `/dev/null` stands for streams that are not wanted.
 * @returns The streams.
 * @throws {EngineError} `invalid`: the container's `/dev/null` is something else.
 * @throws {SyscallError} The kernel refused.
 */
export function openExecStreams(options: ExecStreamOptions, files: ContainerFiles): ExecStreams {
  const { inherit, openStdin, output } = options;
  const streams = [openStdin, output, output].map((isWanted, fd): Stream => {
    const kind = !isWanted ? "nothing" : inherit ? kindOf(fd) : "other";
    if (kind === "harmless") return { theirs: fd, isOurOwn: true };
    return kind === "nothing" ? { theirs: openNothing(files) } : openPipe(fd);
  });
  const [stdin, stdout, stderr] = streams as [Stream, Stream, Stream];
  const opened = streams.filter(({ isOurOwn }) => !isOurOwn);
  return {
    theirs: [stdin.theirs, stdout.theirs, stderr.theirs],
    ours: streams.map(({ ours }) => ours),
    release: () => opened.forEach(({ theirs }) => close(theirs)),
  };
}

/**
 * Opens a terminal in the container's own devpts instance.
 *
 * @param files The container's files.
 * @param size Its size at first; a program that asks is told 0 where it is not given.
 * @returns The terminal for all three streams.
 * @throws {SyscallError} The kernel refused.
 */
export function openExecTerminal(files: ContainerFiles, size?: TerminalSize): ExecStreams {
  const multiplexer = files.open("/dev/pts/ptmx", OpenFlag.PATH);
  try {
    const { master, slave } = openPseudoTerminal(`/proc/self/fd/${multiplexer}`);
    if (size) setTerminalSize(master, size);
    setNonBlocking(master);
    const release = () => close(slave);
    return { theirs: [slave, slave, slave], ours: [], terminal: master, release };
  } finally {
    close(multiplexer);
  }
}

interface Stream {
  theirs: number;
  ours?: number;
  isOurOwn?: boolean;
}

function openPipe(fd: number): Stream {
  const { read, write } = pipe();
  const [theirs, ours] = fd === 0 ? [read, write] : [write, read];
  setNonBlocking(ours);
  return { theirs, ours };
}

/** The host's device would be the host's file: the container could change its mode. */
function openNothing(files: ContainerFiles): number {
  const fd = files.open("/dev/null", OpenFlag.RDWR | OpenFlag.NOCTTY);
  if (isNull(fd)) return fd;
  close(fd);
  throw new EngineError(`the container's "/dev/null" is something else`, { kind: "invalid" });
}

/**
 * Looks at a stream of ours. Whoever has a descriptor can do more than read or write: type into a
 * terminal, open a file for writing that it was to read, change its mode, start from a folder. What
 * a container can do with a pipe or a socket, it can do with one of its own as well.
 */
function kindOf(fd: number): "harmless" | "nothing" | "other" {
  const type = statx(fd).mode & FileType.MASK;
  if (type === FileType.FIFO || type === FileType.SOCKET) return "harmless";
  return isNull(fd) ? "nothing" : "other";
}

/** null(4) */
function isNull(fd: number): boolean {
  const { deviceMajor, deviceMinor, mode } = statx(fd);
  return (mode & FileType.MASK) === FileType.CHARACTER && deviceMajor === 1 && deviceMinor === 3;
}
