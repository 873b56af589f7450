/**
 * What happens in an instance, told while it happens, whichever process does it.
 *
 * @module
 */

import { ChangeWatch } from "../../state/change_watch.ts";
import { type Database, type EngineEvent, readEvents } from "../../state/mod.ts";
import { eventCondition, type EventFilters } from "./event_filters.ts";
import type { Instance } from "../instance/instance.ts";

/** Which events {@linkcode followEvents} tells. */
export interface FollowEventsOptions {
  /**
   * Events from this moment on, in milliseconds since the epoch.
   *
   * @default what happens from now on
   */
  since?: number | undefined;
  /**
   * Events up to this moment, in milliseconds since the epoch; one that is past ends them at once.
   *
   * @default for ever
   */
  until?: number | undefined;
  /**
   * Which of them, by `container`, `image`, `network`, `volume`, `type`, `event`, `label`, `scope`.
   *
   * @default {} all of them
   */
  filters?: EventFilters;
  /** Ends them. */
  signal?: AbortSignal;
}

// setTimeout takes a signed number of 32 bits; a longer wait would be none.
const LONGEST_WAIT = 2 ** 31 - 1;

/**
 * Tells what happened and what happens.
 *
 * @param instance The instance.
 * @param options Which events.
 * @returns The events, the oldest first.
 * @throws {EngineError} `invalid`: a filter is wrong.
 */
export async function* followEvents(
  { database, roots }: Pick<Instance, "database" | "roots">,
  options: FollowEventsOptions = {},
): AsyncGenerator<EngineEvent, void> {
  const { since, until = Infinity, signal } = options;
  const matches = eventCondition(options.filters ?? {});
  let last = since === undefined ? newestId(database) : lastIdBefore(database, since);
  const news = () => {
    // A writer's lock: the change that woke us was seen before its transaction became readable.
    const events = database.transaction(() => readEvents(database, last));
    last = events.at(-1)?.id ?? last;
    return events.filter((event) => event.time <= until && matches(event));
  };
  if (until <= Date.now()) return yield* news();
  // Watched before the first look, so that nothing falls between the two. What is written goes to
  // the database's log, which lies beside it.
  using watch = new ChangeWatch();
  watch.folder(roots.root);
  using ending = endAt(() => watch.wake(), until, signal);
  yield* news();
  while (!ending.isOver) {
    await watch.changed();
    if (!signal?.aborted) yield* news();
  }
}

/** The end of the wait for events. */
interface Ending extends Disposable {
  /** Whether it has come. */
  readonly isOver: boolean;
}

function endAt(onEnd: () => void, until: number, signal?: AbortSignal): Ending {
  let isOver = false;
  const end = () => {
    isOver = true;
    onEnd();
  };
  const wait = until - Date.now();
  const timer = wait <= LONGEST_WAIT ? setTimeout(end, Math.max(0, wait)) : undefined;
  signal?.addEventListener("abort", end);
  if (signal?.aborted) end();
  return {
    get isOver() {
      return isOver;
    },
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
    },
  };
}

function newestId(database: Database): number {
  return database.get<{ id: number | null }>("SELECT max(id) AS id FROM events")?.id ?? 0;
}

function lastIdBefore(database: Database, time: number): number {
  const row = database.get<{ id: number | null }>(
    "SELECT min(id) - 1 AS id FROM events WHERE time >= ?",
    time,
  );
  return row?.id ?? newestId(database);
}
