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
  SyscallError,
  type SystemCall,
} from "../../ffi/mod.ts";
import { describeError, EngineError } from "../errors.ts";
import { executeError } from "./command_path.ts";
import { encodeInitMessage } from "./messages.ts";

// What lists of processes show of it: its first two arguments, before the command's.
const NAME = "tsd-init";
const END_OF_OPTIONS = "--";
// fcntl(2)
const F_SETFD = 2;

/**
 * Lists what becomes the init program instead of a command, which is its child then.
 *
 * @param execute The execve of the command; the step before it has all descriptors closed on exec.
 * @param command The command as it was given.
 * @returns The steps in its place.
 * @throws {EngineError} `unavailable`: files in memory cannot be executed here.
 */
export function initSteps(execute: SystemCall, command: string): SystemCall[] {
  const [path, args, env] = execute.args as [string, readonly string[], readonly string[]];
  const executable = createProgram(path, command);
  return [
    // Our parent learns from the pipe's end that the command runs.
    { name: "fcntl", args: [INIT_REPORT_FD, F_SETFD, 0] },
    {
      name: "execve",
      args: [`/proc/self/fd/${executable}`, [NAME, END_OF_OPTIONS, ...args], env],
    },
  ];
}

function createProgram(path: string, command: string): number {
  const report = (errno: number) => {
    const error = executeError(command, new SyscallError("execve", path, errno));
    return encodeInitMessage({ kind: "failed", error: error.kind, message: describeError(error) });
  };
  const reports = new Map(Object.values(Errno).map((errno) => [errno, report(errno)]));
  const otherReport = encodeInitMessage({
    kind: "failed",
    error: "commandNotExecutable",
    message: `exec ${command}: it cannot be executed`,
  });
  try {
    return createSealedExecutable(
      NAME,
      encodeInitProgram({ name: NAME, path, reports, otherReport }),
    );
  } catch (error) {
    throw new EngineError("making an init: vm.memfd_noexec must allow to execute files in memory", {
      kind: "unavailable",
      cause: error,
    });
  }
}
