/**
 * Starting what should run after a reboot, and stopping what runs before one.
 *
 * @module
 */

import type { ContainerRecord } from "../container/mod.ts";
import { type ContainerContext, HELD } from "./instance/container_context.ts";
import type { Containers } from "./containers.ts";
import { endSupervisor } from "./instance/end_supervisor.ts";
import { refreshRecords } from "./instance/refresh.ts";
import { endRun, type StopContainerOptions } from "./lifecycle/stop_container.ts";

/** What came of one container. */
export interface BootResult {
  /** The container. */
  record: ContainerRecord;
  /** Why it could not be started or stopped; absent where it was. */
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

/**
 * Stops all containers as {@linkcode Containers.stop} does, but for the machine's sake: those that
 * {@linkcode bootContainers} would have started while they ran, it starts afterwards. The supervisor
 * ends as well.
 *
 * @param context What that needs.
 * @param options How to ask, and how long to wait.
 * @returns What came of each.
 * @throws {EngineError} `conflict`: the supervisor does not end, as a container was started meanwhile.
 */
export async function shutDownContainers(
  context: ContainerContext,
  options: StopContainerOptions = {},
): Promise<BootResult[]> {
  const { roots, store } = context;
  await refreshRecords(roots, store);
  const results = await Promise.all(
    store.list(HELD).map(async (record): Promise<BootResult> => {
      try {
        await endRun(context, record, options, true);
        store.recordEvent(record, "stop");
        return { record };
      } catch (error) {
        return { record, error };
      }
    }),
  );
  // The file systems it has files of are unmounted next.
  if (results.every(({ error }) => error === undefined)) await endSupervisor(roots, "shut down");
  return results;
}

/** One that was never started is nobody's to start. */
function shouldRun({ settings, startedAt, status, stoppedByHand }: ContainerRecord): boolean {
  if (status !== "stopped" || startedAt === undefined) return false;
  const { name } = settings.restart;
  return name === "always" || (name === "unless-stopped" && !stoppedByHand);
}
