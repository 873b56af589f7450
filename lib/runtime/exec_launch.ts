/**
 * Starting a process that joins a container: the parent's half.
 *
 * @module
 */

import {
  CloneFlag,
  close,
  open,
  OpenFlag,
  pidfdGetfd,
  pidfdOpen,
  pipe,
  setNonBlocking,
  setns,
  spawn,
  writeAll,
} from "../../ffi/mod.ts";
import { encodeExecMessage, ExecFd, type ExecOrder } from "./exec_messages.ts";
import { withReadOnlyExecutable } from "./read_only_executable.ts";
import { selfCommand } from "./self_command.ts";

/** What a joining process is started with. */
export interface ExecLaunchOptions {
  /** A pidfd of the container's PID 1. */
  container: number;
  /** A file to mount our executable on, see {@linkcode withReadOnlyExecutable}. */
  executableMount: string;
  /** Its standard streams; nothing where it has none. */
  streams: readonly (number | undefined)[];
}

/** A joining process that was started and waits for orders. */
export interface LaunchedExec {
  /** Its pid on the host. */
  readonly pid: number;
  /** Refers to it whatever becomes of its pid; readable once it has ended. */
  readonly pidfd: number;
  /** Non-blocking; what it reports, see exec_messages.ts. */
  readonly report: number;
  /**
   * Gives it an order.
   *
   * @param order The order.
   * @throws {SyscallError} `EPIPE`: it is dead.
   */
  send(order: ExecOrder): void;
  /**
   * Duplicates a descriptor out of it.
   *
   * @param fd Its number over there.
   * @returns Our descriptor.
   */
  takeDescriptor(fd: number): number;
  /** Closes the descriptors of the start; the pidfd stays. It ends, unless it has executed. */
  closePipes(): void;
}

/**
 * Starts a process that is about to join a container.
 *
 * @param options What it is started with.
 * @returns The process, which waits.
 * @throws {SyscallError} It cannot be started: `ENOMEM` or `ESRCH` where the container has ended.
 */
export function launchExec(options: ExecLaunchOptions): LaunchedExec {
  const report = pipe();
  const orders = pipe();
  try {
    const pid = spawnInside(options, report.write, orders.read);
    const pidfd = pidfdOpen(pid);
    setNonBlocking(report.read);
    return {
      pid,
      pidfd,
      report: report.read,
      send: (order) => writeAll(orders.write, encodeExecMessage(order)),
      takeDescriptor: (fd) => pidfdGetfd(pidfd, fd),
      closePipes: () => [report.read, orders.write].forEach(close),
    };
  } catch (error) {
    [report.read, orders.write].forEach(close);
    throw error;
  } finally {
    [report.write, orders.read].forEach(close);
  }
}

function spawnInside(options: ExecLaunchOptions, report: number, orders: number): number {
  const { container, executableMount, streams } = options;
  const nothing = open("/dev/null", OpenFlag.RDWR);
  const self = selfCommand();
  try {
    return withReadOnlyExecutable(
      self.executable,
      executableMount,
      (path) =>
        inPidNamespaceOf(container, () =>
          spawn({
            ...selfCommand(path).spawn("exec", []),
            fds: {
              0: streams[0] ?? nothing,
              1: streams[1] ?? nothing,
              2: streams[2] ?? nothing,
              [ExecFd.REPORT]: report,
              [ExecFd.ORDERS]: orders,
              [ExecFd.CONTAINER]: container,
            },
            newSession: true,
          })),
    );
  } finally {
    close(nothing);
  }
}

/**
 * Runs a function whose child processes are born in a process's PID namespace; as launch.ts says, it
 * must be synchronous.
 */
function inPidNamespaceOf<T>(pidfd: number, start: () => T): T {
  const own = open("/proc/thread-self/ns/pid", OpenFlag.RDONLY);
  try {
    setns(pidfd, CloneFlag.NEWPID);
    try {
      return start();
    } finally {
      setns(own, CloneFlag.NEWPID);
    }
  } finally {
    close(own);
  }
}
