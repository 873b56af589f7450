/**
 * Conditions that choose events: `type=container`, `event=die`.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { EngineEvent } from "../../state/mod.ts";
import { hasLabel } from "../describe/filters.ts";

/** Conditions by their name; an event must satisfy each name's. */
export type EventFilters = Readonly<Record<string, readonly string[]>>;

/** What a condition looks at. */
type Seen = Pick<EngineEvent, "type" | "action" | "actorId" | "attributes">;

/** Actions that are followed by a colon and more: `health_status: healthy`, `exec_start: sh`. */
const WITH_DETAIL = ["health_status", "exec_create", "exec_start"];

const CONDITIONS: Readonly<Record<string, (event: Seen, value: string) => boolean>> = {
  container: isObject("container"),
  image: (event, value) => {
    const { actorId, attributes, type } = event;
    if (type !== "container" && type !== "image") return false;
    const name = attributes[type === "image" ? "name" : "image"] ?? "";
    return [actorId, name, withoutTag(actorId), withoutTag(name)].includes(value);
  },
  network: isObject("network"),
  volume: isObject("volume"),
  type: ({ type }, value) => type === value,
  event: ({ action }, value) =>
    action === value || WITH_DETAIL.includes(value) && action.startsWith(`${value}:`),
  label: ({ attributes }, value) => hasLabel(attributes, value),
  // There is no other.
  scope: (_event, value) => value === "local",
};

/**
 * Makes one condition of several.
 *
 * @param filters The conditions: of several values one is enough, but of `label` all must hold.
 * @returns The condition that all hold.
 * @throws {EngineError} `invalid`: one is unknown.
 */
export function eventCondition(filters: EventFilters): (event: Seen) => boolean {
  const all = Object.entries(filters).map(([name, values]) => {
    const holds = Object.hasOwn(CONDITIONS, name) ? CONDITIONS[name] : undefined;
    if (holds === undefined) {
      const known = Object.keys(CONDITIONS).join(", ");
      throw new EngineError(`invalid filter '${name}': it must be one of ${known}`, {
        kind: "invalid",
      });
    }
    return name === "label"
      ? (event: Seen) => values.every((value) => holds(event, value))
      : (event: Seen) => values.some((value) => holds(event, value));
  });
  return (event) => all.every((holds) => holds(event));
}

/** Objects may be named by the beginning of their id or name, as in Docker. */
function isObject(type: EngineEvent["type"]): (event: Seen, value: string) => boolean {
  return (event, value) =>
    event.type === type &&
    (event.actorId.startsWith(value) || (event.attributes.name ?? "").startsWith(value));
}

function withoutTag(name: string): string {
  return name.replace(/:[^:/@]+$/, "");
}
