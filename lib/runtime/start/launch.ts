/**
 * Starting a container's init: the parent's half.
 *
 * @module
 */

import {
  CloneFlag,
  close,
  open,
  OpenFlag,
  pidfdGetfd,
  pipe,
  setNonBlocking,
  setns,
  spawn,
  unshare,
  writeAll,
} from "../../../ffi/mod.ts";
import { openChild, type ProcessHandle } from "../../process/mod.ts";
import type { UserNamespace } from "../user/id_mappings.ts";
import { startByProgram, type StartedInit, type StarterOptions } from "./init_starter.ts";
import { joinNamespace } from "../init/join_namespace.ts";
import { encodeInitMessage, InitFd, type InitOrder } from "../init/messages.ts";
import type { SelfCommand } from "./self_command.ts";
import type { SpecNamespace } from "../spec/spec.ts";

/** What init is started with. */
export interface LaunchOptions {
  /** How this program is executed again. */
  self: SelfCommand;
  /** The PID namespace to be born in: a new one, one to join, or where absent ours. */
  pidNamespace: SpecNamespace | undefined;
  /** The user namespace to be in, where it is not ours. */
  user?: UserNamespace;
  /**
   * Whether it is born in a network namespace of that user namespace.
   *
   * @default false
   */
  network?: boolean;
  /**
   * Descriptors of ours that it has from {@linkcode InitFd.INHERITED} on.
   *
   * @default []
   */
  inherited?: readonly number[];
  /**
   * The name of a process that stays as its parent and never waits for it, so that how it ended can be
   * read until that process is killed; where absent, its parent is this process.
   */
  witness?: string;
}

/** An init that was started and waits for orders. */
export interface LaunchedInit {
  /** Its pid on the host. */
  readonly pid: number;
  /** Refers to it whatever becomes of its pid; readable once it has ended. */
  readonly pidfd: number;
  /** What belongs to it; closed with the pipes. */
  readonly process: ProcessHandle;
  /** Its user namespace where that is not ours; closed with the pipes. */
  readonly userNamespace?: number;
  /** Non-blocking; what init reports, see messages.ts. At its end the command runs, or init is dead. */
  readonly report: number;
  /**
   * Gives init an order.
   *
   * @param order The order.
   * @throws {SyscallError} `EPIPE`: init is dead.
   */
  send(order: InitOrder): void;
  /**
   * Duplicates a descriptor out of init.
   *
   * @param fd Its number in init.
   * @returns Our descriptor.
   */
  takeDescriptor(fd: number): number;
  /** Closes the descriptors of the start; the pidfd stays. Init ends, unless it has executed. */
  closePipes(): void;
}

/**
 * Starts an init.
 *
 * @param options What it is started with.
 * @returns The process, which waits.
 * @throws {SyscallError} It cannot be started.
 */
export function launchInit(options: LaunchOptions): LaunchedInit {
  const { inherited = [] } = options;
  const report = pipe();
  const orders = pipe();
  const nothing = open("/dev/null", OpenFlag.RDWR);
  try {
    const command = options.self.spawn("init", []);
    const started = forkInit(options, {
      ...command,
      // Until it is told its streams, what it has to say on standard error is ours.
      fds: {
        0: nothing,
        1: nothing,
        2: 2,
        [InitFd.REPORT]: report.write,
        [InitFd.ORDERS]: orders.read,
        ...Object.fromEntries(inherited.map((fd, index) => [InitFd.INHERITED + index, fd])),
      },
    });
    const { pid, userNamespace } = started;
    const process = openChild(pid);
    const pidfd = process.openPidfd();
    setNonBlocking(report.read);
    return {
      pid,
      pidfd,
      process,
      ...userNamespace !== undefined && { userNamespace },
      report: report.read,
      send: (order) => writeAll(orders.write, encodeInitMessage(order)),
      takeDescriptor: (fd) => pidfdGetfd(pidfd, fd),
      closePipes: () => {
        [report.read, orders.write].forEach(close);
        process[Symbol.dispose]();
        if (userNamespace !== undefined) close(userNamespace);
      },
    };
  } catch (error) {
    [report.read, orders.write].forEach(close);
    throw error;
  } finally {
    [nothing, report.write, orders.read].forEach(close);
  }
}

function forkInit(
  { network = false, pidNamespace, user, witness }: LaunchOptions,
  command: StarterOptions["command"],
): StartedInit {
  if (user || witness !== undefined) {
    // A user namespace's root has no rights over our PID namespace.
    const pid = pidNamespace ?? (user && { type: "pid" });
    return startByProgram({ command, user, pid, network, witness });
  }
  return { pid: inPidNamespace(pidNamespace, () => spawn({ ...command, newSession: true })) };
}

/**
 * Runs a function whose child processes are born in a container's PID namespace.
 *
 * Until the namespace for children is put back, the kernel refuses to create threads, which the
 * runtime does at any moment when control returns to it: so the function must be synchronous, and
 * nothing may come in between.
 */
function inPidNamespace<T>(wanted: SpecNamespace | undefined, start: () => T): T {
  if (!wanted) return start();
  const own = open("/proc/self/ns/pid", OpenFlag.RDONLY);
  try {
    if (wanted.path === undefined) {
      unshare(CloneFlag.NEWPID);
    } else {
      joinNamespace(wanted.path, CloneFlag.NEWPID);
    }
    try {
      return start();
    } finally {
      setns(own, CloneFlag.NEWPID);
    }
  } finally {
    close(own);
  }
}
