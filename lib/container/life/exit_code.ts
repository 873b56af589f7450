/**
 * The number that stands for how a container, or a command in one, has ended.
 *
 * @module
 */

import type { ExitStatus } from "../../../ffi/mod.ts";

/** The exit code of a container of which nobody saw how it ended, as Docker has it. */
export const UNKNOWN_EXIT_CODE = 255;

/**
 * Turns the way a process ended into an exit code, as a shell does.
 *
 * @param status How it ended.
 * @returns Its code, or 128 and the signal's number.
 */
export function exitCode(status: ExitStatus | undefined): number {
  if (status === undefined) return UNKNOWN_EXIT_CODE;
  return status.kind === "exited" ? status.code : 128 + status.signal;
}
