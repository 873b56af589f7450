/**
 * What is recorded of a run that ended, or never began, and how it is put away.
 *
 * @module
 */

import {
  BEFORE_START,
  type ContainerRecord,
  type ContainerStatus,
  type ContainerStore,
  recordVolumeEvents,
  releaseRun,
  removeContainer,
} from "../../container/mod.ts";
import { describeError, EngineError } from "../../errors.ts";
import type { RunEnd } from "./container_run.ts";
import type { SupervisionContext } from "../supervision_context.ts";

// What Docker records for a container whose command was not found, could not be executed, or whose
// start failed otherwise.
const START_EXIT_CODE: Readonly<Record<string, number>> = {
  commandNotFound: 127,
  commandNotExecutable: 126,
};
const OTHER_START_EXIT_CODE = 128;
const MILLISECONDS_PER_SECOND = 1000;

/**
 * Tells that a run has ended.
 *
 * @param store The records.
 * @param record The container.
 * @param end How it ended.
 * @param ran How long it ran, in milliseconds.
 */
export function recordEnd(
  store: ContainerStore,
  record: ContainerRecord,
  { exitCode }: RunEnd,
  ran: number,
): void {
  const execDuration = `${Math.floor(ran / MILLISECONDS_PER_SECOND)}`;
  store.recordEvent(record, "die", { execDuration, exitCode: `${exitCode}` });
  recordVolumeEvents(store, record, "unmount");
}

/**
 * Closes what leads to a container from outside: before anybody is told that it has ended.
 *
 * @param context What supervision needs.
 * @param record The container.
 */
export async function closePorts(
  context: SupervisionContext,
  { id, settings }: ContainerRecord,
): Promise<void> {
  if (!settings.publish) return;
  try {
    await (await context.networks()).release(id);
  } catch (error) {
    context.log(`Cannot take away the ports of container "${id}"`, error);
  }
}

/**
 * Removes what a run held; with `--rm` the container as well.
 *
 * @param context What supervision needs.
 * @param record The container.
 * @param statuses The statuses it may have.
 * @throws {EngineError} `system`: its cgroup cannot be removed.
 */
export async function putAway(
  { roots, store }: SupervisionContext,
  record: ContainerRecord,
  statuses: readonly ContainerStatus[],
): Promise<void> {
  if (record.settings.autoRemove) await removeContainer(roots, store, record.id, statuses);
  else await releaseRun(roots, store, record);
}

/**
 * Records why a run could not begin, and puts away what is left of it.
 *
 * @param context What supervision needs.
 * @param record The container.
 * @param error Why.
 * @returns The exit code it has now.
 */
export async function abandonStart(
  context: SupervisionContext,
  record: ContainerRecord,
  error: unknown,
): Promise<number> {
  const { store } = context;
  const kind = error instanceof EngineError ? error.kind : "system";
  const exitCode = START_EXIT_CODE[kind] ?? OTHER_START_EXIT_CODE;
  const statuses: readonly ContainerStatus[] = [...BEFORE_START, "running"];
  try {
    const status = store.get(record.id)?.status;
    if (!record.settings.autoRemove && status !== undefined) {
      store.transition(record.id, statuses, "created", {
        exitCode,
        error: describeError(error),
        process: null,
      });
    }
    await closePorts(context, record);
    await putAway(context, record, statuses);
  } catch (secondError) {
    context.log(`Cannot put away container "${record.name}"`, secondError);
  }
  return exitCode;
}
