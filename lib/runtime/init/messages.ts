/**
 * What an init that sets its container up itself and its parent tell each other.
 *
 * ```text
 * parent                                    init (PID 1 of the container)
 *   |-- posix_spawn in a new PID namespace -->|
 *   |   places it in its cgroup               | starts up, and waits
 *   |-- {"kind":"run", ...} ----------------->| unshares the other namespaces, mounts
 *   |<----------- {"kind":"terminal","fd"} ----|   only with a terminal
 *   |-- {"kind":"proceed"} ------------------>|   once the parent has duplicated it, and all is ready
 *   |<----------- {"kind":"failed", ...} ------|   or, when all is well,
 *   |<----------- end of file -----------------| execve (the pipe is closed on exec)
 * ```
 *
 * A message is one JSON line on the pipes {@linkcode InitFd.REPORT} and {@linkcode InitFd.ORDERS};
 * the end of the latter means that the parent is gone and init must end.
 *
 * @module
 */

import { EngineError, type ErrorKind } from "../../errors.ts";
import type { MappedPaths } from "../root/mapped_mounts.ts";
import type { SpecMount, SpecNamespace } from "../spec/spec.ts";

/**
 * The descriptors init is started with, besides the standard ones. From `INHERITED` on stand those of
 * namespaces that it joins.
 */
export const InitFd = { REPORT: 3, ORDERS: 4, INHERITED: 5 } as const;

/** What init is told. */
export type InitOrder =
  | {
    /** Which container to become. */
    kind: "run";
    /** The bundle's folder, absolute. */
    bundle: string;
    /** FIFOs that become its streams; `/dev/null` does where one is absent. */
    streams: StreamPaths;
    /**
     * The mount namespace in which the user's paths are looked up, as a file of `/proc/PID/fd`; init's
     * own where it is absent.
     */
    hostMounts?: string;
    /** What its parent has mounted, where init is in a user namespace. */
    mapped?: MappedPaths;
    /** The network namespace to join, in place of the one that the bundle asks for. */
    networkNamespace?: string;
    /** The container's namespaces, in place of those that the bundle asks for. */
    namespaces: SpecNamespace[];
    /** Mounts with a source in a namespace it joins, in place of the bundle's of their destinations. */
    joinedMounts: SpecMount[];
  }
  | {
    /** Go on with the next step. */
    kind: "proceed";
  };

/** FIFOs of a container, absolute paths. */
export interface StreamPaths {
  /** Where the command reads from. */
  stdin?: string;
  /** Where it writes to. */
  stdout?: string;
  /** Where it writes errors to. */
  stderr?: string;
}

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
 * Takes messages apart.
 *
 * @param text What the pipe held so far.
 * @returns The complete messages, and the rest that is not complete yet.
 */
export function parseMessages<T extends InitMessage | InitOrder>(
  text: string,
): { messages: T[]; rest: string } {
  const lines = text.split("\n");
  const rest = lines.pop()!;
  return { messages: lines.map((line) => JSON.parse(line) as T), rest };
}

/**
 * Puts a message into bytes.
 *
 * @param message The message.
 * @returns Its line.
 */
export function encodeInitMessage(message: InitMessage | InitOrder): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(message) + "\n");
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
