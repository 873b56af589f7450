/**
 * Being PID 1 in place of the container's command: what `--init` asks for.
 *
 * What is PID 1 then is a small program of our own (ffi/init_program.ts) in a sealed file in memory:
 * nothing appears in the container's file system, and nobody can change it.
 *
 * @module
 */

import {
  createSealedExecutable,
  encodeInitProgram,
  Errno,
  INIT_REPORT_FD,
  type SystemCall,
} from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";

// What lists of processes show of it: its first two arguments, before the command's.
const NAME = "tsd-init";
const END_OF_OPTIONS = "--";
// fcntl(2)
const F_SETFD = 2;

/**
 * Makes the init program for a command.
 *
 * @param execute The execve of the command.
 * @param report Says, for an error number, what the program reports where the command cannot be
 * executed.
 * @returns A descriptor of its executable, closed on exec.
 * @throws {EngineError} `unavailable`: no file that can be executed can be made here.
 */
export function createInitProgram(
  execute: SystemCall,
  report: (errno: number) => Uint8Array<ArrayBuffer>,
): number {
  const path = execute.args[0] as string;
  const reports = new Map(Object.values(Errno).map((errno) => [errno, report(errno)]));
  const program = { name: NAME, path, reports, otherReport: report(Errno.EINVAL) };
  try {
    return createSealedExecutable(NAME, encodeInitProgram(program));
  } catch (error) {
    throw new EngineError("making an init", { kind: "unavailable", cause: error });
  }
}

/**
 * Lists what becomes the init program instead of a command, which is its child then.
 *
 * @param execute The execve of the command; the step before it has all descriptors closed on exec.
 * @param program Where the init program is.
 * @returns The steps in its place.
 */
export function initSteps(execute: SystemCall, program: string): SystemCall[] {
  const [, args, env] = execute.args as [string, readonly string[], readonly string[]];
  return [
    // Our parent learns from the pipe's end that the command runs.
    { name: "fcntl", args: [INIT_REPORT_FD, F_SETFD, 0] },
    { name: "execve", args: [program, [NAME, END_OF_OPTIONS, ...args], env] },
  ];
}
