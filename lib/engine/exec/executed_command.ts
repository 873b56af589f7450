/**
 * What a command that was executed in a running container can be made to do.
 *
 * @module
 */

import type { TerminalDimensions } from "../../supervisor/protocol.ts";

/** A command in a running container. */
export interface ExecutedCommand {
  /** Settles with the command's exit code, or 128 and a signal's number, after all its output. */
  readonly exitCode: Promise<number>;
  /** Whether the command has ended. */
  readonly ended: boolean;
  /** The command's pid on the host. */
  readonly pid: number;
  /** Whether {@linkcode write} reaches the command; if not, it has no input or reads our own. */
  readonly takesInput: boolean;
  /**
   * Writes to the command's standard input or terminal.
   *
   * @param bytes The bytes.
   * @returns When they are written, or nobody can read them any more.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Lets the command see the end of its standard input; a terminal has none. */
  closeInput(): Promise<void>;
  /**
   * Sets the size of the command's terminal, if it has one.
   *
   * @param size The size.
   */
  resize(size: TerminalDimensions): Promise<void>;
  /**
   * Sends the command a signal; one that has ended is left alone.
   *
   * @param signal The signal's number.
   */
  signal(signal: number): Promise<void>;
  /**
   * Leaves the command, which may live on: its terminal would hang up without someone to hold its
   * other side, and nobody would tell of its end.
   *
   * @returns When this process may end.
   */
  leave(): Promise<void>;
}
