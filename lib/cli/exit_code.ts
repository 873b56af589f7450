/**
 * What the program says and returns when a command fails.
 *
 * @module
 */

import { describeError, EngineError } from "../errors.ts";
import type { TextOutput } from "./text_output.ts";

/** Exit codes with a meaning of their own. */
export const ExitCode = {
  /** A command failed. */
  FAILURE: 1,
  /** Wrong options, and of `run` any failure that is the engine's and not the container's. */
  ENGINE: 125,
  /** The container's command exists but cannot be executed. */
  NOT_EXECUTABLE: 126,
  /** The container's command does not exist. */
  NOT_FOUND: 127,
  /** What a shell reports for death by SIGPIPE: 128 + 13. */
  BROKEN_PIPE: 141,
} as const;

/**
 * Gives the exit code of a failure.
 *
 * @param error What was thrown.
 * @param failureCode The code of failures without a code of their own: 125 for `run`, else 1.
 * @returns The exit code.
 */
export function exitCodeOf(error: unknown, failureCode: number = ExitCode.FAILURE): number {
  const kind = error instanceof EngineError ? error.kind : undefined;
  if (kind === "commandNotFound") return ExitCode.NOT_FOUND;
  if (kind === "commandNotExecutable") return ExitCode.NOT_EXECUTABLE;
  return failureCode;
}

/**
 * Says what went wrong, in one line; with `debug`, also where and because of what.
 *
 * @param error What was thrown.
 * @param stderr Where to say it.
 * @param debug Whether to add the stacks of the error and of its causes.
 */
export function reportError(error: unknown, stderr: TextOutput, debug: boolean): void {
  stderr.line(`tsd: ${describeError(error)}`);
  if (!debug) return;
  for (let at = error; at instanceof Error; at = at.cause) {
    stderr.line(`${at === error ? "" : "Caused by: "}${at.stack ?? at.message}`);
    const inner = at instanceof AggregateError ? at.errors : [];
    for (const one of inner) stderr.line(`Beside it: ${one instanceof Error ? one.stack : one}`);
  }
}
