/**
 * What commands work with, so that they can be run without a process of their own.
 *
 * @module
 */

import { callerVariable, hideRuntimeVariables } from "../../caller_environment.ts";
import { createTextOutput, type TextOutput } from "../text_output.ts";

/** Standard input. */
export interface StandardInput {
  /** What comes in. */
  readonly readable: ReadableStream<Uint8Array>;
  /**
   * Tells whether a person may be writing.
   *
   * @returns Whether it is a terminal.
   */
  isTerminal(): boolean;
}

/** A terminal's size, in characters. */
export interface TerminalSize {
  /** Characters in a line. */
  columns: number;
  /** Lines. */
  rows: number;
}

/** The process around the command line. */
export interface ProcessContext {
  /** Results go here. */
  readonly stdout: TextOutput;
  /** Everything else goes here. */
  readonly stderr: TextOutput;
  /** Standard input. */
  readonly stdin: StandardInput;
  /** Aborted when the user wants the command to end. */
  readonly signal: AbortSignal;
  /**
   * Looks up an environment variable.
   *
   * @param name The variable.
   * @returns Its value, or `undefined` where it is not set.
   */
  env(name: string): string | undefined;
  /**
   * Measures the terminal.
   *
   * @returns Its size, or `undefined` where there is none.
   */
  terminalSize(): TerminalSize | undefined;
}

/** What a command works with. */
export interface CommandContext extends ProcessContext {
  /** The directory that holds the engine's state, from `--root` or `TSD_ROOT`, if either is given. */
  readonly root: string | undefined;
  /** The configuration file, from `--config`, if it is given. */
  readonly config: string | undefined;
  /** Whether `--debug` is given. */
  readonly isDebug: boolean;
  /**
   * Says on standard error, with `--debug`, what is being done, and when.
   *
   * @param step What is being done.
   */
  debug(step: string): void;
}

/**
 * Describes this process.
 *
 * @param signal Aborted when the user wants the command to end.
 * @returns Its streams, environment and terminal.
 */
export function currentProcess(signal: AbortSignal): ProcessContext {
  // No launcher has done so (scripts/compile/launcher.ts).
  if (Deno.build.standalone) hideRuntimeVariables();
  return {
    stdout: createTextOutput(Deno.stdout),
    stderr: createTextOutput(Deno.stderr),
    stdin: Deno.stdin,
    signal,
    env: callerVariable,
    terminalSize,
  };
}

/** `Deno.consoleSize` throws where none of the streams is a terminal. */
function terminalSize(): TerminalSize | undefined {
  if (![Deno.stdout, Deno.stderr, Deno.stdin].some((stream) => stream.isTerminal())) {
    return undefined;
  }
  const { columns, rows } = Deno.consoleSize();
  // Some terminals, serial lines among them, do not know their size.
  return columns > 0 && rows > 0 ? { columns, rows } : undefined;
}
