/**
 * A thread's rights.
 *
 * @module
 */

import { libc } from "./_libc.ts";

const PR_CAPBSET_READ = 23;

// int prctl(int option, unsigned long arg2, arg3, arg4, arg5);                          prctl(2)
const prctl_ = libc("prctl", {
  parameters: ["i32", "usize", "usize", "usize", "usize"],
  result: "i32",
});

/**
 * Reads the bounding set (PR_CAPBSET_READ).
 *
 * @returns Its mask; beyond it no process here can grant anything.
 */
export function boundingSet(): bigint {
  return capabilitiesWhere((result) => result === 1);
}

/**
 * Finds out which capabilities the kernel has.
 *
 * @returns Their mask: what the first process of a user namespace has there.
 */
export function knownCapabilities(): bigint {
  return capabilitiesWhere(() => true);
}

function capabilitiesWhere(isWanted: (result: number) => boolean): bigint {
  let mask = 0n;
  for (let capability = 0; capability < 64; capability++) {
    const result = prctl_(PR_CAPBSET_READ, BigInt(capability), 0n, 0n, 0n);
    if (result === -1) return mask;
    if (isWanted(result)) mask |= 1n << BigInt(capability);
  }
  return mask;
}
