/**
 * A program that is a container's PID 1 in place of its command.
 *
 * It starts the command as its child, passes every signal on to it, waits for all processes that come
 * to be its children, and ends as the command does: with its code, or 128 and the number of the signal
 * that ended it. Of a runtime such as this one the container would have to pay the memory, so it is a
 * program of some 100 instructions, as that of call_program.ts is.
 *
 * ```text
 *   0x400000  headers and code (_init_program_code.ts), which is always the same
 *   0x600000  its name, for prctl
 *   0x600010  the signals it waits for: all of them
 *   0x600018  the signals that its child blocks: none
 *   0x600020  32 bits each: the child's process group, a wait status
 *   0x600028  the address of the command's path
 *   0x600030  what it reports on a failure, entries of 3 words:
 *             error number (0 is any, and the end of the list), address and length of the report
 *   behind it what addresses point to
 *
 *   parent                                      child
 *   name itself; PR_SET_CHILD_SUBREAPER
 *   block all signals
 *   clone -------------------------------------> setpgid(0, 0); TIOCSPGRP of standard input
 *   close descriptor 3                           set descriptor 3 to be closed on exec
 *   rt_sigtimedwait, for ever:                   unblock all signals
 *     SIGCHLD: wait4 until there is none         execve of the arguments behind its own first two
 *       of the child: exit_group                 on a failure: write the report, exit_group
 *     otherwise: kill the child with it
 * ```
 *
 * The child leads a process group of its own, the foreground one of its terminal where there is one: a
 * key such as Ctrl-C reaches it once, from the terminal, and job control works.
 *
 * @module
 */

import { cString } from "./_cstring.ts";
import { DATA_ADDRESS, executableFile } from "./_executable.ts";
import { INIT_PROGRAM_CODE } from "./_init_program_code.ts";

/** What the program does and says. */
export interface InitProgram {
  /** What `/proc/PID/comm` shows of it, 15 bytes at most. */
  name: string;
  /** The command's executable, absolute. */
  path: string;
  /** What it writes to {@linkcode INIT_REPORT_FD} where the command cannot be executed, by error number. */
  reports: ReadonlyMap<number, Uint8Array>;
  /** What it writes there for every other error number. */
  otherReport: Uint8Array;
}

/** The descriptor the program reports to, which is closed once the command runs. */
export const INIT_REPORT_FD = 3;

const NAME_SIZE = 16;
const PATH_OFFSET = 0x28;
const REPORTS_OFFSET = 0x30;
const REPORT_ENTRY_SIZE = 24;
const ANY_ERROR = 0;

/**
 * Makes the program.
 *
 * It is to be executed with two arguments of its own (its name, and `--`) before those of the command.
 *
 * @param program What it does and says.
 * @param arch The architecture.
 * @returns An executable file.
 */
export function encodeInitProgram(
  program: InitProgram,
  arch: typeof Deno.build.arch = Deno.build.arch,
): Uint8Array<ArrayBuffer> {
  const reports = [...program.reports, [ANY_ERROR, program.otherReport] as const];
  const path = cString(program.path);
  const pathAt = REPORTS_OFFSET + reports.length * REPORT_ENTRY_SIZE;
  const size = reports.reduce((sum, [, { length }]) => sum + length, pathAt + path.length);
  const data = new Uint8Array(size);
  const view = new DataView(data.buffer);
  data.set(cString(program.name).subarray(0, NAME_SIZE - 1));
  view.setBigUint64(0x10, 2n ** 64n - 1n, true);
  view.setBigUint64(PATH_OFFSET, BigInt(DATA_ADDRESS + pathAt), true);
  data.set(path, pathAt);
  let end = pathAt + path.length;
  reports.forEach(([errno, report], index) => {
    const words = [errno, DATA_ADDRESS + end, report.length];
    const entry = REPORTS_OFFSET + index * REPORT_ENTRY_SIZE;
    words.forEach((word, position) => view.setBigUint64(entry + 8 * position, BigInt(word), true));
    data.set(report, end);
    end += report.length;
  });
  return executableFile(INIT_PROGRAM_CODE[arch], data, arch);
}
