/**
 * A filter of system calls as the OCI runtime-spec writes it (config-linux.md, "Seccomp").
 *
 * @module
 */

import type { SeccompAction } from "./actions.ts";

/** `linux.seccomp` of a container's configuration. */
export interface SpecSeccomp {
  /** What happens to calls that no rule is about. */
  defaultAction: SeccompAction;
  /** The error number of the default action; `EPERM` where absent. */
  defaultErrnoRet?: number;
  /** `SCMP_ARCH_X86_64` and such; where absent, this machine's own alone. */
  architectures?: string[];
  /** `SECCOMP_FILTER_FLAG_LOG` and such. */
  flags?: string[];
  /** The rules. */
  syscalls?: SeccompRule[];
}

/** A rule. */
export interface SeccompRule {
  /** System calls; those an architecture does not have are passed over. */
  names: string[];
  /** What happens to them. */
  action: SeccompAction;
  /** The error number; `EPERM` where absent. */
  errnoRet?: number;
  /** What arguments must be like: all of it, or where one argument is met twice, any of it. */
  args?: SeccompArgument[];
}

/** What an argument must be like. */
export interface SeccompArgument {
  /** Which argument, from 0 to 5. */
  index: number;
  /** What it is compared with; the mask of `SCMP_CMP_MASKED_EQ`. */
  value: number;
  /** What is left of it under the mask. */
  valueTwo?: number;
  /** How. */
  op: SeccompOperator;
}

/** How an argument is compared; unsigned. */
export type SeccompOperator =
  | "SCMP_CMP_NE"
  | "SCMP_CMP_LT"
  | "SCMP_CMP_LE"
  | "SCMP_CMP_EQ"
  | "SCMP_CMP_GE"
  | "SCMP_CMP_GT"
  | "SCMP_CMP_MASKED_EQ";

/** All of them. */
export const SECCOMP_OPERATORS: readonly SeccompOperator[] = [
  "SCMP_CMP_NE",
  "SCMP_CMP_LT",
  "SCMP_CMP_LE",
  "SCMP_CMP_EQ",
  "SCMP_CMP_GE",
  "SCMP_CMP_GT",
  "SCMP_CMP_MASKED_EQ",
];
