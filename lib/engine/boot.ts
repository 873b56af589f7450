/**
 * Starting what should run after a reboot.
 *
 * @module
 */

import type { ContainerRecord } from "../container/mod.ts";
import type { Containers } from "./containers.ts";

/** What came of one container. */
export interface BootResult {
  /** The container. */
  record: ContainerRecord;
  /** Why it could not be started; absent where it was. */
  error?: unknown;
}

/**
 * Starts the containers whose restart policy wants them to run: those of `always`, and of
 * `unless-stopped` those that nobody has stopped by hand.
 *
 * @param containers The instance's.
 * @returns What came of each.
 */
export async function bootContainers(containers: Containers): Promise<BootResult[]> {
  const results: BootResult[] = [];
  for (const record of (await containers.list({ all: true })).toReversed()) {
    if (!shouldRun(record)) continue;
    try {
      await containers.startDetached(record);
      results.push({ record });
    } catch (error) {
      results.push({ record, error });
    }
  }
  return results;
}

/** One that was never started is nobody's to start. */
function shouldRun({ settings, startedAt, status, stoppedByHand }: ContainerRecord): boolean {
  if (status !== "stopped" || startedAt === undefined) return false;
  const { name } = settings.restart;
  return name === "always" || (name === "unless-stopped" && !stoppedByHand);
}
