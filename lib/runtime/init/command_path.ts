/**
 * Finding the executable of a container's command, and saying why it cannot run.
 *
 * @module
 */

import { errnoText, SyscallError } from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";

const EXECUTE_BITS = 0o111;

/** What is found at a path. */
export interface PathInfo {
  /** Whether it is a regular file. */
  isFile: boolean;
  /** Whether it is a folder. */
  isDirectory: boolean;
  /** Its permission bits, and perhaps its type. */
  mode: number | null;
}

/** Looks a path up: relative ones start from the command's working directory. */
export interface PathLookup {
  /**
   * Looks a path up.
   *
   * @param path The path.
   * @returns What is there, if anything.
   */
  (path: string): PathInfo | undefined;
}

/**
 * Finds a command as execvp(3) does.
 *
 * @param command The first word of the command.
 * @param path The container's `PATH`.
 * @param lookUp Looks a path up; by default in the root the calling thread is in.
 * @returns The path to execute.
 * @throws {EngineError} `commandNotFound` or `commandNotExecutable`, in the words of runc.
 */
export function findCommand(
  command: string,
  path: string,
  lookUp: PathLookup = stat,
): string {
  if (command.includes("/")) {
    checkExecutable(command, lookUp(command));
    return command;
  }
  for (const folder of path.split(":")) {
    const candidate = `${folder === "" ? "." : folder}/${command}`;
    const info = lookUp(candidate);
    if (info?.isFile && ((info.mode ?? 0) & EXECUTE_BITS) !== 0) return candidate;
  }
  throw new EngineError(`exec: "${command}": executable file not found in $PATH`, {
    kind: "commandNotFound",
  });
}

function checkExecutable(command: string, info: PathInfo | undefined): void {
  if (info === undefined) {
    throw new EngineError(`exec: "${command}": stat ${command}: no such file or directory`, {
      kind: "commandNotFound",
    });
  }
  if (info.isDirectory) {
    throw new EngineError(`exec: "${command}": is a directory`, { kind: "commandNotExecutable" });
  }
  if (((info.mode ?? 0) & EXECUTE_BITS) === 0) {
    throw new EngineError(`exec: "${command}": permission denied`, {
      kind: "commandNotExecutable",
    });
  }
}

function stat(path: string): PathInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    // Whatever the reason, there is nothing here that could be executed.
    return undefined;
  }
}

/**
 * Says why an execve failed.
 *
 * @param command The command as it was given.
 * @param error What execve threw.
 * @returns The error to report: `commandNotFound` where a file is missing (an interpreter, say).
 */
export function executeError(command: string, error: unknown): EngineError {
  const text = error instanceof SyscallError ? errnoText(error.errno) : String(error);
  const missing = text === errnoText(2);
  return new EngineError(`exec ${command}: ${text}`, {
    kind: missing ? "commandNotFound" : "commandNotExecutable",
    cause: error,
  });
}
