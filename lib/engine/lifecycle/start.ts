/**
 * Starting containers.
 *
 * @module
 */

import {
  type ContainerRecord,
  type ContainerStatus,
  type ContainerStore,
  IDLE,
} from "../../container/mod.ts";
import type { TerminalDimensions } from "../../supervisor/mod.ts";
import {
  Attachment,
  type AttachOptions,
  MOST_LOST,
  SupervisorLostError,
} from "../instance/attachment.ts";
import { createBindSources } from "../create/bind_sources.ts";
import { type ContainerContext, findContainer } from "../instance/container_context.ts";
import type { Outcome } from "../instance/outcome.ts";

const NOT_UP: readonly ContainerStatus[] = ["creating", ...IDLE];

/**
 * Starts a container and attaches to it.
 *
 * @param context What that needs.
 * @param record The container.
 * @param options How to attach.
 * @param size The terminal's size, where there is one.
 * @returns The attachment; the command runs.
 * @throws {SupervisorLostError} Several supervisors died over its start.
 * @throws {EngineError} It cannot be started.
 */
export async function startAttached(
  { roots, store, supervisor }: ContainerContext,
  record: ContainerRecord,
  options: AttachOptions,
  size?: TerminalDimensions,
): Promise<Attachment> {
  createBindSources(record.settings);
  for (let lost = 1;; lost++) {
    const connection = await supervisor.connect();
    try {
      return await Attachment.start(roots, connection, record.id, options, size);
    } catch (error) {
      if (!(error instanceof SupervisorLostError)) throw error;
      // It died before it answered. Where the container did not get to run, start it again;
      // otherwise the next supervisor has adopted it, or recorded how it ended.
      if (!isYetToStart(store, record)) {
        return await Attachment.reattach(roots, record.id, options);
      }
      if (lost === MOST_LOST) throw error;
    }
  }
}

/**
 * Starts a container without attaching to it.
 *
 * @param context What that needs.
 * @param record The container.
 * @returns `already` if it ran.
 * @throws {SupervisorLostError} Several supervisors died over its start.
 * @throws {EngineError} It cannot be started.
 */
export async function startDetached(
  { store, supervisor }: ContainerContext,
  record: ContainerRecord,
): Promise<Outcome> {
  createBindSources(record.settings);
  for (let lost = 1;; lost++) {
    try {
      const request = { kind: "start", id: record.id, attach: false, owner: false } as const;
      const answer = await supervisor.ask(request);
      // Somebody else may have started it since it was looked at.
      return answer.kind === "started" && answer.already ? "already" : "done";
    } catch (error) {
      if (!(error instanceof SupervisorLostError)) throw error;
      if (!isYetToStart(store, record)) return "done";
      if (lost === MOST_LOST) throw error;
    }
  }
}

/** What {@linkcode startAndAttach} does besides starting. */
export interface StartAttachedOptions extends AttachOptions {
  /** The size of its terminal at first, if it has one. */
  size?: TerminalDimensions | undefined;
}

/**
 * Starts a container and attaches to it, so that none of its output is missed.
 *
 * @param context What that needs.
 * @param nameOrId A name, an id, or the beginning of one.
 * @param options How to attach.
 * @returns The attachment; the command runs.
 * @throws {EngineError} `notFound`; it cannot be started.
 */
export async function startAndAttach(
  context: ContainerContext,
  nameOrId: string,
  { size, ...options }: StartAttachedOptions,
): Promise<Attachment> {
  return await startAttached(context, await findToStart(context, nameOrId), options, size);
}

/**
 * Starts a container, unless it runs.
 *
 * @param context What that needs.
 * @param nameOrId A name, an id, or the beginning of one.
 * @returns `already` if it ran.
 * @throws {EngineError} `notFound`; it cannot be started.
 */
export async function startContainer(
  context: ContainerContext,
  nameOrId: string,
): Promise<Outcome> {
  const record = await findToStart(context, nameOrId);
  if (record.status === "running") return "already";
  return await startDetached(context, record);
}

/** What this process has just created need not be compared with the kernel. */
async function findToStart(context: ContainerContext, nameOrId: string): Promise<ContainerRecord> {
  const own = context.store.get(nameOrId);
  return own?.status === "creating" ? own : await findContainer(context, nameOrId);
}

/** @param before The container as it was before it was to be started. */
function isYetToStart(store: ContainerStore, before: ContainerRecord): boolean {
  const now = store.get(before.id);
  // One that is gone was removed at its end.
  return now !== undefined && now.startedAt === before.startedAt &&
    NOT_UP.includes(now.status);
}
