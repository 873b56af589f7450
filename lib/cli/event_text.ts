/**
 * Events as Docker prints them.
 *
 * @module
 */

import type { EngineEvent } from "../engine/mod.ts";
import { rfc3339 } from "./timestamp.ts";

const NANOSECONDS_PER_MILLISECOND = 1e6;
const MILLISECONDS_PER_SECOND = 1000;

/**
 * Writes an event as a line for people.
 *
 * @param event The event.
 * @returns Text such as `2026-01-02T03:04:05.000000000Z container start 4f1c… (image=a, name=b)`.
 */
export function eventLine({ action, actorId, attributes, time, type }: EngineEvent): string {
  const fraction = String(time % MILLISECONDS_PER_SECOND).padStart(3, "0").padEnd(9, "0");
  const moment = rfc3339(time).replace(/:\d\d(?=Z|[+-])/, (seconds) => `${seconds}.${fraction}`);
  const words = [moment, type, action, actorId];
  const names = Object.keys(attributes).sort();
  const list = names.map((name) => `${name}=${attributes[name]}`).join(", ");
  return `${words.join(" ")}${names.length > 0 ? ` (${list})` : ""}`;
}

/**
 * Gives an event the fields of Docker's.
 *
 * @param event The event.
 * @returns What Docker writes as JSON; the names that its templates use besides those are properties
 * that are not enumerable.
 */
export function eventFields(event: EngineEvent): Record<string, unknown> {
  const { action, actorId, attributes, time, type } = event;
  const isOld = type === "container" || type === "image";
  // From the time when events were of containers and images only.
  const old: Record<string, string> = isOld ? { status: action, id: actorId } : {};
  if (type === "container" && attributes.image !== undefined) old.from = attributes.image;
  const fields = {
    ...old,
    Type: type,
    Action: action,
    Actor: { ID: actorId, Attributes: attributes },
    scope: "local",
    time: Math.floor(time / MILLISECONDS_PER_SECOND),
    timeNano: time * NANOSECONDS_PER_MILLISECOND,
  };
  const aliases = {
    Status: old.status ?? "",
    ID: old.id ?? "",
    From: old.from ?? "",
    Scope: fields.scope,
    Time: fields.time,
    TimeNano: fields.timeNano,
  };
  for (const [name, value] of Object.entries(aliases)) {
    Object.defineProperty(fields, name, { value, enumerable: false });
  }
  return fields;
}
