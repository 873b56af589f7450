/**
 * Conditions that choose volumes: `dangling=true`, `label=stage=test`.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { VolumeRecord } from "../../volume/mod.ts";
import { hasLabel } from "../describe/filters.ts";

/** Conditions by their name; a volume must satisfy each name's. */
export type VolumeFilters = Readonly<Record<string, readonly string[]>>;

type Condition = (volume: VolumeRecord) => boolean;

const TRUE: readonly string[] = ["1", "t", "true"];
const FALSE: readonly string[] = ["0", "f", "false"];
/** What `volume ls` can filter by. */
const LIST_FILTERS: readonly string[] = ["dangling", "driver", "label", "name"];
// All values of these must hold; of the others one is enough.
const CUMULATIVE: readonly string[] = ["label", "label!"];

const CONDITIONS: Readonly<
  Record<string, (value: string, used: ReadonlySet<string>) => Condition>
> = {
  dangling: (value, used) => {
    const word = value.toLowerCase();
    if (!TRUE.includes(word) && !FALSE.includes(word)) throw invalid(`dangling=${value}`);
    return ({ name }) => used.has(name) !== TRUE.includes(word);
  },
  driver: (value) => ({ driver }) => driver === value,
  label: (value) => ({ labels }) => hasLabel(labels, value),
  "label!": (value) => ({ labels }) => !hasLabel(labels, value),
  name: (value) => ({ name }) => name.includes(value),
};

/**
 * Makes one condition of several.
 *
 * @param filters The conditions.
 * @param used The names of volumes some container has.
 * @param allowed Which of them make sense here.
 * @returns The condition that all hold.
 * @throws {EngineError} `invalid`: one is unknown or has a wrong value.
 */
export function volumeCondition(
  filters: VolumeFilters,
  used: ReadonlySet<string>,
  allowed: readonly string[] = LIST_FILTERS,
): Condition {
  const all = Object.entries(filters).map(([name, values]): Condition => {
    if (!allowed.includes(name)) throw invalid(name);
    const conditions = values.map((value) => CONDITIONS[name]!(value, used));
    return CUMULATIVE.includes(name)
      ? (volume) => conditions.every((holds) => holds(volume))
      : (volume) => conditions.some((holds) => holds(volume));
  });
  return (volume) => all.every((holds) => holds(volume));
}

function invalid(filter: string): EngineError {
  return new EngineError(`invalid filter '${filter}'`, { kind: "invalid" });
}
