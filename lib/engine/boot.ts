/**
 * Starting what should run after a reboot, and stopping what runs before one.
 *
 * @module
 */

import type { ContainerRecord } from "../container/mod.ts";
import { containerContext, HELD } from "./instance/container_context.ts";
import { endSupervisor } from "./instance/end_supervisor.ts";
import type { Instance } from "./instance/instance.ts";
import { refreshRecords } from "./instance/refresh.ts";
import { startDetached } from "./lifecycle/start.ts";
import { endRun, type StopContainerOptions } from "./lifecycle/stop.ts";

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
 * @param instance The instance.
 * @returns What came of each.
 */
export async function bootContainers(
  instance: Pick<Instance, "database" | "roots">,
): Promise<BootResult[]> {
  const context = containerContext(instance);
  await refreshRecords(context.roots, context.store);
  const results: BootResult[] = [];
  for (const record of context.store.list().toReversed()) {
    if (!shouldRun(record)) continue;
    try {
      await startDetached(context, record);
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
 * @param instance The instance.
 * @param options How to ask, and how long to wait.
 * @returns What came of each.
 * @throws {EngineError} `conflict`: the supervisor does not end, as a container was started meanwhile.
 */
export async function shutDownContainers(
  instance: Pick<Instance, "database" | "roots">,
  options: StopContainerOptions = {},
): Promise<BootResult[]> {
  const context = containerContext(instance);
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
