/**
 * Filters of system calls: Docker's profiles, and the programs the kernel runs.
 *
 * What compiles (`compile.ts`) and reads profiles (`profile.ts`) is not among what is exported here: it
 * is loaded where a container needs something other than the default.
 *
 * @module
 */

export type { SeccompAction } from "./actions.ts";
export type { SeccompArgument, SeccompOperator, SeccompRule, SpecSeccomp } from "./spec_seccomp.ts";
