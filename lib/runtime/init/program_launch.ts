/**
 * Starting a program of system calls.
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
} from "../../../ffi/mod.ts";

/** The descriptors such a program is started with, besides the standard ones. */
export const ProgramFd = {
  /** Where it reports. */
  REPORT: 3,
  /** What it is about: of a process that joins a container that one's pidfd, say. */
  SUBJECT: 4,
} as const;

/** What is started. */
export interface ProgramLaunch {
  /** What `/proc/PID/exe` shows of it. */
  name: string;
  /** The program. */
  program: CallProgram;
  /** What becomes {@linkcode ProgramFd.SUBJECT}. */
  descriptor: number;
  /** Its standard streams. */
  streams: readonly [stdin: number, stdout: number, stderr: number];
}

/** A process that was started; the command will be another one, which it leads to. */
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

/**
 * Starts a program.
 *
 * @param launch What, and with which descriptors.
 * @returns The process.
 * @throws {SyscallError} It cannot be started.
 */
export function launchProgram(launch: ProgramLaunch): LaunchedProgram {
  const { descriptor, name, program, streams } = launch;
  const { bytes, readReport } = encodeProgram(program, ProgramFd.REPORT);
  const report = pipe();
  let executable: number | undefined;
  try {
    executable = createSealedExecutable(name, bytes);
    const [stdin, stdout, stderr] = streams;
    const pid = spawn({
      path: `/proc/self/fd/${executable}`,
      args: [name],
      env: {},
      fds: {
        0: stdin,
        1: stdout,
        2: stderr,
        [ProgramFd.REPORT]: report.write,
        [ProgramFd.SUBJECT]: descriptor,
      },
    });
    const pidfd = pidfdOpen(pid);
    setNonBlocking(report.read);
    return { pid, pidfd, report: report.read, readReport };
  } catch (error) {
    close(report.read);
    throw error;
  } finally {
    close(report.write);
    if (executable !== undefined) close(executable);
  }
}
