/**
 * A thread's rights.
 *
 * @module
 */

import { makeSystemCall } from "./system_call.ts";

const PR_CAPBSET_READ = 23;

let bounding: bigint | undefined;

/**
 * Reads the bounding set (PR_CAPBSET_READ), once a process: nothing is taken out of it before a process
 * becomes another one.
 *
 * @returns Its mask; beyond it no process here can grant anything.
 */
export function boundingSet(): bigint {
  return bounding ??= capabilitiesWhere((result) => result === 1);
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
    // As a system call, by way of a symbol that every process of ours opens anyway.
    const call = { name: "prctl", args: [PR_CAPBSET_READ, capability], mayFail: true } as const;
    const result = makeSystemCall(call);
    if (result === -1) return mask;
    if (isWanted(result)) mask |= 1n << BigInt(capability);
  }
  return mask;
}
