/**
 * What happened in an instance, as every process of it tells.
 *
 * @module
 */

import type { Database, Row } from "./database.ts";

/** Something that happened; the words are Docker's. */
export interface EngineEvent {
  /** Its number; later ones have larger numbers. */
  id: number;
  /** When, in milliseconds since the epoch. */
  time: number;
  /** To what kind of object. */
  type: "container" | "image" | "network" | "volume";
  /** What: `create`, `start`, `die`, `destroy`, `pull`, ... */
  action: string;
  /** To which object: a container's whole id, an image's name. */
  actorId: string;
  /** More about it: `name`, `image`, `exitCode`, labels. */
  attributes: Record<string, string>;
}

// Enough for weeks of an ordinary machine, and less than 2 MB.
const KEPT = 10_000;

/**
 * Records that something happened; a disk that is full, read-only or broken costs the event, and what
 * it tells of goes on.
 *
 * @param database The instance's; inside a transaction the event is part of it.
 * @param event What happened.
 */
export function recordEvent(database: Database, event: Omit<EngineEvent, "id" | "time">): void {
  database.attempt(() => {
    database.run(
      "INSERT INTO events (time, type, action, actor_id, attributes) VALUES (?, ?, ?, ?, ?)",
      Date.now(),
      event.type,
      event.action,
      event.actorId,
      JSON.stringify(event.attributes),
    );
    database.run("DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?", KEPT);
  });
}

/**
 * Reads what happened.
 *
 * @param database The instance's.
 * @param after Only events with larger numbers.
 * @returns The events, the oldest first.
 */
export function readEvents(database: Database, after: number): EngineEvent[] {
  const rows = database.all("SELECT * FROM events WHERE id > ? ORDER BY id", after);
  return rows.map(fromRow);
}

/**
 * Reads what happened to an object last.
 *
 * @param database The instance's.
 * @param actorId Which object.
 * @param action What happened.
 * @returns The event; nothing if it never happened, or so long ago that it is forgotten.
 */
export function lastEvent(
  database: Database,
  actorId: string,
  action: string,
): EngineEvent | undefined {
  const sql = "SELECT * FROM events WHERE actor_id = ? AND action = ? ORDER BY id DESC LIMIT 1";
  const row = database.get(sql, actorId, action);
  return row && fromRow(row);
}

/** What {@linkcode isRecorded} looks for. */
export interface SoughtEvent {
  /** To which object it happened. */
  actorId: string;
  /** What happened. */
  action: string;
  /** An attribute, whose name is a plain word. */
  attribute: readonly [name: string, value: string];
}

/**
 * Tells whether it is recorded that something happened.
 *
 * @param database The instance's.
 * @param event What.
 * @returns Whether it is; what happened long ago may be forgotten.
 */
export function isRecorded(
  database: Database,
  { action, actorId, attribute: [name, value] }: SoughtEvent,
): boolean {
  const sql = `SELECT id FROM events
    WHERE actor_id = ? AND action = ? AND json_extract(attributes, '$.' || ?) = ?`;
  return database.get(sql, actorId, action, name, value) !== undefined;
}

function fromRow(row: Row): EngineEvent {
  return {
    id: Number(row.id),
    time: Number(row.time),
    type: row.type as EngineEvent["type"],
    action: String(row.action),
    actorId: String(row.actor_id),
    attributes: JSON.parse(String(row.attributes)) as Record<string, string>,
  };
}
