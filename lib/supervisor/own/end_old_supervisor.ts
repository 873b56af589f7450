/**
 * Ending a supervisor that an older program has left.
 *
 * @module
 */

import { Signal } from "../../../ffi/mod.ts";
import { isAlive, openProcess, ProcessGoneError, type ProcessIdentity } from "../../process/mod.ts";
import type { Roots } from "../../state/mod.ts";
import { supervisorIdentity } from "./presence.ts";

const RETRY_MILLISECONDS = 5;
const RETRIES = 1_000;

/**
 * Ends a supervisor that does not speak a version of the protocol. The next one takes over what it
 * holds, as after any other death of a supervisor: containers go on, clients connect again.
 *
 * @param roots The instance's.
 * @param version The version; one that speaks it is left alone.
 */
export async function endOldSupervisor(roots: Roots, version: number): Promise<void> {
  const supervisor = supervisorIdentity(roots);
  if (!supervisor || (supervisor.protocol ?? 0) >= version) return;
  kill(supervisor);
  // SIGKILL takes some milliseconds; until then its socket would let us in.
  for (let attempt = 0; attempt < RETRIES && isAlive(supervisor); attempt++) {
    await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
  }
}

/** SIGTERM would wait until no container runs any more. */
function kill(supervisor: ProcessIdentity): void {
  try {
    using process = openProcess(supervisor);
    process.signal(Signal.SIGKILL);
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof ProcessGoneError)) throw error;
  }
}
