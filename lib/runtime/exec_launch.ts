/**
 * Starting what joins a container.
 *
 * @module
 */

import {
  type CallProgram,
  close,
  createSealedExecutable,
  type EncodedProgram,
  encodeProgram,
  pidfdOpen,
  pipe,
  setNonBlocking,
  spawn,
} from "../../ffi/mod.ts";
import { JoinFd } from "./exec_program.ts";

/** A process that was started to join a container; the command will be another one. */
export interface LaunchedProgram {
  /** Its pid. */
  readonly pid: number;
  /** Refers to it; readable once it has ended. */
  readonly pidfd: number;
  /** Non-blocking; what it reports. At its end the command runs, or all is over. */
  readonly report: number;
  /** Takes a report apart. */
  readonly readReport: EncodedProgram["readReport"];
}

// What `/proc/PID/exe` shows of it.
const NAME = "tsd-exec";

/**
 * Starts a program.
 *
 * @param program The program.
 * @param container A pidfd of the container's PID 1.
 * @param streams Its standard streams.
 * @returns The process.
 * @throws {SyscallError} It cannot be started.
 */
export function launchProgram(
  program: CallProgram,
  container: number,
  streams: readonly [stdin: number, stdout: number, stderr: number],
): LaunchedProgram {
  const { bytes, readReport } = encodeProgram(program, JoinFd.REPORT);
  const executable = createSealedExecutable(NAME, bytes);
  const report = pipe();
  try {
    const [stdin, stdout, stderr] = streams;
    const pid = spawn({
      path: `/proc/self/fd/${executable}`,
      args: [NAME],
      env: {},
      fds: {
        0: stdin,
        1: stdout,
        2: stderr,
        [JoinFd.REPORT]: report.write,
        [JoinFd.CONTAINER]: container,
      },
    });
    const pidfd = pidfdOpen(pid);
    setNonBlocking(report.read);
    return { pid, pidfd, report: report.read, readReport };
  } catch (error) {
    close(report.read);
    throw error;
  } finally {
    [executable, report.write].forEach(close);
  }
}
