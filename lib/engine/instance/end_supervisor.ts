/**
 * Ending an instance's supervisor before its time.
 *
 * @module
 */

import { Signal } from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";
import { openProcess, ProcessGoneError } from "../../process/mod.ts";
import type { Roots } from "../../state/mod.ts";
import { removeSupervisorLeftovers, takeSupervisorLock } from "../../supervisor/mod.ts";
import { supervisorIdentity } from "../../supervisor/own/presence.ts";

const RETRY_MILLISECONDS = 10;
const RETRIES = 1_000;

/**
 * Has the supervisor of an instance without running containers end, which it would by itself a few
 * seconds later; until this process ends, there is no other one.
 *
 * @param roots The instance's.
 * @param purpose What that is for, as in "Cannot ...".
 * @throws {EngineError} `conflict`: it does not end, as there is something for it to do.
 */
export async function endSupervisor(roots: Roots, purpose: string): Promise<void> {
  const supervisor = supervisorIdentity(roots);
  try {
    if (supervisor) {
      using process = openProcess(supervisor);
      process.signal(Signal.SIGTERM);
    }
  } catch (error) {
    if (!(error instanceof ProcessGoneError)) throw error;
  }
  for (let attempt = 0; attempt < RETRIES; attempt++) {
    // Held to the end of this process, so that no command starts another one meanwhile.
    if (takeSupervisorLock(roots) !== undefined) return await removeSupervisorLeftovers(roots);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
  }
  throw new EngineError(
    `Cannot ${purpose}: a supervisor holds "${roots.run}/supervisor.lock" and does not end`,
    { kind: "conflict" },
  );
}
