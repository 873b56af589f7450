/**
 * What a process that joins a container and its parent tell each other.
 *
 * ```text
 * parent                                    joining process
 *   |-- posix_spawn in the PID namespace ---->|
 *   |   places it in the cgroup (v2)          | starts up, and waits
 *   |-- {"kind":"execute", ...} ------------->| places itself (v1), joins the namespaces
 *   |<----------- {"kind":"terminal","fd"} ----|   only with a terminal
 *   |-- {"kind":"proceed"} ------------------>|   once the parent has duplicated it
 *   |<----------- {"kind":"failed", ...} ------|   or, when all is well,
 *   |<----------- {"kind":"ready"} ------------|
 *   |<----------- end of file -----------------| execve (the pipe is closed on exec)
 * ```
 *
 * An end without `ready` means that it was killed before, as the whole container may be.
 *
 * @module
 */

import type { InitMessage, InitOrder } from "./messages.ts";
import type { SpecProcess } from "./spec.ts";

/** The descriptors it is started with, besides the standard ones. */
export const ExecFd = {
  /** Where it writes its messages. */
  REPORT: 3,
  /** Where it reads its orders. */
  ORDERS: 4,
  /** A pidfd of the container's PID 1. */
  CONTAINER: 5,
} as const;

/** What it is told. */
export type ExecOrder =
  | {
    /** What to become. */
    kind: "execute";
    /** The command, as the container's configuration would have it. */
    process: SpecProcess;
    /** `USER[:GROUP]`, looked up in the container's account files in place of `process.user`. */
    user?: string;
    /** Files of the host to write `0` to, which place the writing thread in the container's cgroup. */
    cgroupFiles: readonly string[];
    /** Which standard streams are the container's `/dev/null`; the others are what they are. */
    nothing: readonly number[];
    /** Whether the command is killed when the parent ends. */
    endsWithParent: boolean;
  }
  | Extract<InitOrder, { kind: "proceed" }>;

/** What it tells its parent. */
export type ExecReport =
  | InitMessage
  | {
    /** It has joined, and nothing is left but to execute. */
    kind: "ready";
  };

/**
 * Puts a message into bytes.
 *
 * @param message The message.
 * @returns Its line.
 */
export function encodeExecMessage(message: ExecOrder | ExecReport): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(message) + "\n");
}
