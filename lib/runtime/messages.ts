/**
 * What init and its parent tell each other.
 *
 * ```text
 * parent                                    init (PID 1 of the container)
 *   |-- posix_spawn in a new PID namespace -->|
 *   |   places it in its cgroup               | starts up
 *   |-- "proceed" ---------------------------->| unshares the other namespaces, mounts
 *   |<----------- {"kind":"terminal","fd"} ----|   only with a terminal
 *   |-- "proceed" ---------------------------->|   once the parent has duplicated it
 *   |<----------- {"kind":"failed", ...} ------|   or, when all is well,
 *   |<----------- end of file -----------------| execve (the pipe is closed on exec)
 * ```
 *
 * A message is one JSON line on the pipe {@linkcode InitFd.REPORT}; "proceed" is one byte on the pipe
 * {@linkcode InitFd.PROCEED}, whose end of file means that the parent is gone and init must end.
 *
 * @module
 */

import { EngineError, type ErrorKind } from "../errors.ts";

/** The descriptors init is started with, besides the standard ones. */
export const InitFd = { REPORT: 3, PROCEED: 4 } as const;

/** What init tells its parent. */
export type InitMessage =
  | {
    /** The container's terminal exists; the parent may duplicate it from init. */
    kind: "terminal";
    /** The number of its master side in init. */
    fd: number;
  }
  | {
    /** Init gives up and ends. */
    kind: "failed";
    /** What a caller can do about it. */
    error: ErrorKind;
    /** One line. */
    message: string;
  };

/**
 * Takes init's messages apart.
 *
 * @param text What the pipe held so far.
 * @returns The complete messages, and the rest that is not complete yet.
 */
export function parseInitMessages(text: string): { messages: InitMessage[]; rest: string } {
  const lines = text.split("\n");
  const rest = lines.pop()!;
  return { messages: lines.map((line) => JSON.parse(line) as InitMessage), rest };
}

/**
 * Turns a report of failure into the error it was.
 *
 * @param container The container's name or id, for the message.
 * @param message Init's report.
 * @returns The error to throw.
 */
export function initError(
  container: string,
  message: Extract<InitMessage, { kind: "failed" }>,
): EngineError {
  return new EngineError(`Cannot start container "${container}": ${message.message}`, {
    kind: message.error,
  });
}
