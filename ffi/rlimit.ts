/**
 * Resource limits of a process (getrlimit(2)).
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { check } from "./error.ts";

/** The limits by the name the OCI runtime-spec gives them (asm-generic/resource.h). */
export const Rlimit = {
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_DATA: 2,
  RLIMIT_STACK: 3,
  RLIMIT_CORE: 4,
  RLIMIT_RSS: 5,
  RLIMIT_NPROC: 6,
  RLIMIT_NOFILE: 7,
  RLIMIT_MEMLOCK: 8,
  RLIMIT_AS: 9,
  RLIMIT_LOCKS: 10,
  RLIMIT_SIGPENDING: 11,
  RLIMIT_MSGQUEUE: 12,
  RLIMIT_NICE: 13,
  RLIMIT_RTPRIO: 14,
  RLIMIT_RTTIME: 15,
} as const;

/** A limit; `2n ** 64n - 1n` is unlimited. */
export interface RlimitValue {
  /** What is enforced; the process may raise it up to `hard`. */
  soft: bigint;
  /** The ceiling of `soft`; only CAP_SYS_RESOURCE raises it. */
  hard: bigint;
}

// int getrlimit(int resource, struct rlimit *rlim);                                 getrlimit(2)
const getrlimit_ = libc("getrlimit", { parameters: ["i32", "buffer"], result: "i32" });
// int setrlimit(int resource, const struct rlimit *rlim);                           getrlimit(2)
const setrlimit_ = libc("setrlimit", { parameters: ["i32", "buffer"], result: "i32" });

/**
 * Reads a limit of this process (getrlimit(2)).
 *
 * @param resource A value of {@linkcode Rlimit}.
 * @returns The limit.
 * @throws {SyscallError} The call failed.
 */
export function getRlimit(resource: number): RlimitValue {
  const words = new BigUint64Array(2);
  check(getrlimit_(resource, new Uint8Array(words.buffer)), "getrlimit", `${resource}`);
  return { soft: words[0]!, hard: words[1]! };
}

/**
 * Sets a limit of this process (setrlimit(2)).
 *
 * @param resource A value of {@linkcode Rlimit}.
 * @param value The limit.
 * @throws {SyscallError} The call failed; `EPERM`: the hard limit would be raised.
 */
export function setRlimit(resource: number, value: RlimitValue): void {
  const words = new BigUint64Array([value.soft, value.hard]);
  check(setrlimit_(resource, new Uint8Array(words.buffer)), "setrlimit", `${resource}`);
}
