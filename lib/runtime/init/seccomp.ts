/**
 * Installing a filter of system calls (seccomp(2)).
 *
 * @module
 */

import type { SystemCall } from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";
import { Annotation, type Spec } from "../spec/spec.ts";

// linux/seccomp.h
const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4;
// struct sock_filter (linux/filter.h)
const INSTRUCTION_SIZE = 8;

/** `flags` of `linux.seccomp` that mean something for a process with a single thread. */
const FLAGS: Readonly<Record<string, number>> = {
  SECCOMP_FILTER_FLAG_TSYNC: 0,
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
};

/** A filter, compiled. */
export interface SystemCallFilter {
  /** The program. */
  program: Uint8Array<ArrayBuffer>;
  /** Bits of `SECCOMP_FILTER_FLAG_*`. */
  flags: number;
}

/**
 * Finds a configuration's filter.
 *
 * @param spec The configuration.
 * @returns The filter, if it has one.
 * @throws {EngineError} `invalid`: it has one that is not compiled, or with a flag that is unknown.
 */
export function systemCallFilter(spec: Spec): SystemCallFilter | undefined {
  const { seccomp } = spec.linux;
  if (seccomp === undefined) return undefined;
  const program = spec.annotations?.[Annotation.SECCOMP];
  // Never without it: whoever wrote the configuration counts on it.
  if (program === undefined) {
    throw new EngineError(
      `linux.seccomp: the annotation "${Annotation.SECCOMP}" with its program is missing`,
      { kind: "invalid" },
    );
  }
  // As runc: unless told otherwise, what the processor guesses is no business of the filter.
  const flags = seccomp.flags?.length
    ? seccomp.flags.reduce((bits, flag) => bits | filterFlag(flag), 0)
    : SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  // Uint8Array.fromBase64 is missing from Deno 2.4, which "deno compile" may bring.
  return { program: Uint8Array.from(atob(program), (char) => char.charCodeAt(0)), flags };
}

function filterFlag(name: string): number {
  const flag = FLAGS[name];
  if (flag !== undefined) return flag;
  throw new EngineError(`linux.seccomp: the flag "${name}" is unknown`, { kind: "invalid" });
}

/**
 * Says what installs a filter. From then on it holds for the calling thread and its children.
 *
 * @param filter The filter.
 * @returns The call.
 */
export function filterStep({ flags, program }: SystemCallFilter): SystemCall {
  // struct sock_fprog: the number of instructions in the first 16 bits, then where they are.
  const sockFprog = { words: [program.length / INSTRUCTION_SIZE, program] };
  return {
    name: "seccomp",
    args: [SECCOMP_SET_MODE_FILTER, flags, sockFprog],
    purpose: "installing the seccomp filter",
  };
}
