/**
 * Ending the commands of containers.
 *
 * @module
 */

import { hasProcesses } from "../../container/record/status.ts";
import { parseSignal } from "../../container/life/stop_signal.ts";
import type { ContainerRecord } from "../../container/record/store.ts";
import { EngineError } from "../../errors.ts";
import { createBindSources } from "../create/bind_sources.ts";
import { type ContainerContext, findContainer, HELD } from "../instance/container_context.ts";
import type { Outcome } from "../instance/outcome.ts";
import { startDetached } from "./start.ts";

/** Options of `Containers.stop`. */
export interface StopContainerOptions {
  /** The signal that asks, by name or number, in place of the container's own. */
  signal?: string;
  /** Seconds until SIGKILL, in place of the container's own; -1 for ever. */
  timeoutSeconds?: number;
}

/**
 * Asks a container's command to end, and ends it where it does not; one that does not run is left
 * alone.
 *
 * @param context What that needs.
 * @param nameOrId A name, an id, or the beginning of one.
 * @param options How to ask, and how long to wait.
 * @returns `already` if it did not run.
 * @throws {EngineError} `notFound`; `conflict`: several ids begin like that.
 */
export async function stopContainer(
  context: ContainerContext,
  nameOrId: string,
  options: StopContainerOptions,
): Promise<Outcome> {
  const record = await findContainer(context, nameOrId);
  if (!HELD.includes(record.status)) return "already";
  await endRun(context, record, options);
  context.store.recordEvent(record, "stop");
  return "done";
}

/**
 * Ends the command of a container that a supervisor holds.
 *
 * @param context What that needs.
 * @param record The container.
 * @param options How to ask, and how long to wait.
 * @param untilBoot Whether nobody wants that but the machine, so that a boot may start it again.
 */
export async function endRun(
  { supervisor }: ContainerContext,
  { id }: ContainerRecord,
  options: StopContainerOptions,
  untilBoot = false,
): Promise<void> {
  await supervisor.askAgain({ kind: "stop", id, untilBoot, ...stopParameters(options) });
}

/**
 * Stops a container, if it runs, and starts it.
 *
 * @param context What that needs.
 * @param nameOrId A name, an id, or the beginning of one.
 * @param options How to stop it.
 * @throws {EngineError} `notFound`; it cannot be started.
 */
export async function restartContainer(
  context: ContainerContext,
  nameOrId: string,
  options: StopContainerOptions,
): Promise<void> {
  const record = await findContainer(context, nameOrId);
  if (hasProcesses(record)) {
    createBindSources(record.settings);
    await context.supervisor.ask({ kind: "restart", id: record.id, ...stopParameters(options) });
  } else {
    if (record.status === "restarting") await endRun(context, record, options);
    await startDetached(context, record);
  }
  context.store.recordEvent(record, "restart");
}

/**
 * Sends a container's command a signal.
 *
 * @param context What that needs.
 * @param nameOrId A name, an id, or the beginning of one.
 * @param signal The signal's name or number.
 * @throws {EngineError} `notFound`; `conflict`: it does not run; `invalid`: there is no such signal.
 */
export async function killContainer(
  context: ContainerContext,
  nameOrId: string,
  signal: string,
): Promise<void> {
  const number = parseSignal(signal);
  const record = await findContainer(context, nameOrId);
  if (!hasProcesses(record)) {
    throw new EngineError(
      `cannot kill container: ${nameOrId}: container ${record.id} is not running`,
      { kind: "conflict" },
    );
  }
  await context.supervisor.askAgain({ kind: "kill", id: record.id, signal: number });
}

function stopParameters(
  { signal, timeoutSeconds }: StopContainerOptions,
): { signal?: number; timeoutSeconds?: number } {
  return {
    ...signal !== undefined && { signal: parseSignal(signal) },
    ...timeoutSeconds !== undefined && { timeoutSeconds },
  };
}
