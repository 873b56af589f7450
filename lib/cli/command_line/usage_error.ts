/**
 * The error of a command line that cannot be understood.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { ExitCode } from "../exit_code.ts";

/** Options of {@linkcode UsageError}. */
export interface UsageErrorOptions {
  /** What was perhaps meant. */
  suggestion?: string | undefined;
  /** The exit code; 125 by default, as Docker's for wrong options. */
  exitCode?: number;
}

/** A command line that cannot be understood; its usage is shown with it. */
export class UsageError extends EngineError {
  /** The class's name, as `Error.prototype.name` is. */
  override readonly name: string = "UsageError";
  /** What was perhaps meant. */
  readonly suggestion: string | undefined;
  /** The exit code. */
  readonly exitCode: number;

  /**
   * Creates the error, in Docker's words.
   *
   * @param message What is wrong.
   * @param options What was perhaps meant, and the exit code.
   */
  constructor(message: string, options: UsageErrorOptions = {}) {
    super(message, { kind: "invalid" });
    this.suggestion = options.suggestion;
    this.exitCode = options.exitCode ?? ExitCode.ENGINE;
  }
}
