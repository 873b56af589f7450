/**
 * What a filter may do with a system call (seccomp(2), config-linux.md "Seccomp").
 *
 * @module
 */

/** An action, as the OCI runtime-spec spells it. */
export type SeccompAction =
  | "SCMP_ACT_KILL"
  | "SCMP_ACT_KILL_PROCESS"
  | "SCMP_ACT_KILL_THREAD"
  | "SCMP_ACT_TRAP"
  | "SCMP_ACT_ERRNO"
  | "SCMP_ACT_TRACE"
  | "SCMP_ACT_LOG"
  | "SCMP_ACT_ALLOW";

/** What the program of a filter returns for an action (linux/seccomp.h). */
export const ACTION_VALUES: Readonly<Record<SeccompAction, number>> = {
  SCMP_ACT_KILL: 0,
  SCMP_ACT_KILL_THREAD: 0,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_TRAP: 0x00030000,
  SCMP_ACT_ERRNO: 0x00050000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: 0x7fff0000,
};

const EPERM = 1;

/**
 * Tells what a filter's program returns.
 *
 * @param action The action.
 * @param errno The error number, or for a tracer its message; `EPERM` where absent.
 * @returns The 32 bits.
 */
export function actionValue(action: SeccompAction, errno: number = EPERM): number {
  const hasData = action === "SCMP_ACT_ERRNO" || action === "SCMP_ACT_TRACE";
  return (ACTION_VALUES[action] | (hasData ? errno & 0xffff : 0)) >>> 0;
}
