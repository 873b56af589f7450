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
  pidfdOpen,
  pipe,
  setNonBlocking,
  setns,
  spawn,
  unshare,
  writeAll,
} from "../../ffi/mod.ts";
import type { SelfCommand } from "./self_command.ts";
import { InitFd } from "./messages.ts";
import type { SpecNamespace } from "./spec.ts";

/** What init is started with. */
export interface LaunchOptions {
  /** The bundle's folder, absolute. */
  bundle: string;
  /** How this program is executed again. */
  self: SelfCommand;
  /** The namespaces of the bundle's configuration. */
  namespaces: readonly SpecNamespace[];
  /** What becomes the container's standard streams; descriptors of ours, still ours afterwards. */
  streams: readonly [stdin: number, stdout: number, stderr: number];
}

/** An init that was started and waits to be told to proceed. */
export interface LaunchedInit {
  /** Its pid on the host. */
  pid: number;
  /** Refers to it whatever becomes of its pid; readable once it has ended. */
  pidfd: number;
  /** Non-blocking; what init reports, see messages.ts. At its end the command runs, or init is dead. */
  report: number;
  /** Lets init proceed by one step. */
  proceed(): void;
  /** Duplicates a descriptor out of init. */
  takeDescriptor(fd: number): number;
  /** Closes the descriptors of the start; the pidfd stays. Closing before init was let go ends it. */
  closePipes(): void;
}

/**
 * Starts init in a PID namespace of its own, or the one the configuration names.
 *
 * @param options What it is started with.
 * @returns The process, which waits.
 * @throws {SyscallError} It cannot be started.
 */
export function launchInit(options: LaunchOptions): LaunchedInit {
  const report = pipe();
  const proceed = pipe();
  const [stdin, stdout, stderr] = options.streams;
  try {
    const pid = inPidNamespace(options.namespaces, () =>
      spawn({
        ...options.self.spawn("init", [options.bundle]),
        fds: {
          0: stdin,
          1: stdout,
          2: stderr,
          [InitFd.REPORT]: report.write,
          [InitFd.PROCEED]: proceed.read,
        },
        newSession: true,
      }));
    const pidfd = pidfdOpen(pid);
    setNonBlocking(report.read);
    return {
      pid,
      pidfd,
      report: report.read,
      proceed: () => writeAll(proceed.write, new Uint8Array(1)),
      takeDescriptor: (fd) => pidfdGetfd(pidfd, fd),
      closePipes: () => [report.read, proceed.write].forEach(close),
    };
  } catch (error) {
    [report.read, proceed.write].forEach(close);
    throw error;
  } finally {
    [report.write, proceed.read].forEach(close);
  }
}

/**
 * Runs a function whose child processes are born in a container's PID namespace.
 *
 * Until the namespace for children is put back, the kernel refuses to create threads, which the
 * runtime does at any moment when control returns to it: so the function must be synchronous, and
 * nothing may come in between.
 */
function inPidNamespace<T>(namespaces: readonly SpecNamespace[], start: () => T): T {
  const wanted = namespaces.find(({ type }) => type === "pid");
  if (!wanted) return start();
  const own = open("/proc/self/ns/pid", OpenFlag.RDONLY);
  try {
    if (wanted.path === undefined) {
      unshare(CloneFlag.NEWPID);
    } else {
      const joined = open(wanted.path, OpenFlag.RDONLY);
      setns(joined, CloneFlag.NEWPID);
      close(joined);
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
