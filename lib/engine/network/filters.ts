/**
 * Conditions that choose networks: `driver=bridge`, `label=stage=test`.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { isPredefined } from "../../network/network.ts";
import { hasLabel } from "../describe/filters.ts";
import type { ListedNetwork } from "./listed_network.ts";

/** Conditions by their name; a network must satisfy each name's. */
export type NetworkFilters = Readonly<Record<string, readonly string[]>>;

type Condition = (network: ListedNetwork) => boolean;

const CONDITIONS: Readonly<Record<string, (value: string) => Condition>> = {
  dangling: (value) => {
    if (!/^(true|false|1|0)$/i.test(value)) throw invalid(`dangling=${value}`, "true or false");
    const wanted = /^(true|1)$/i.test(value);
    return (network) => (network.containers.length === 0 && !isPredefined(network)) === wanted;
  },
  driver: (value) => ({ driver }) => driver === value,
  id: (value) => ({ id }) => id.includes(value.toLowerCase()),
  label: (value) => ({ labels }) => hasLabel(labels, value),
  "label!": (value) => ({ labels }) => !hasLabel(labels, value),
  name: (value) => ({ name }) => name.includes(value),
  scope: (value) => () => value === "local",
  type: (value) => {
    if (value !== "custom" && value !== "builtin") {
      throw invalid(`type=${value}`, "custom or builtin");
    }
    return (network) => isPredefined(network) === (value === "builtin");
  },
  until: (value) => {
    const moment = Number(value);
    if (Number.isNaN(moment)) throw invalid(`until=${value}`, "milliseconds since the epoch");
    return ({ createdAt }) => createdAt < moment;
  },
};

/** What pruning can filter by; `until` is in milliseconds since the epoch. */
export const PRUNE_NETWORK_FILTERS: readonly string[] = ["label", "label!", "until"];

/** What lists can filter by. */
export const NETWORK_FILTERS: readonly string[] = Object.keys(CONDITIONS)
  .filter((name) => name !== "label!" && name !== "until");

// All values of these must hold; of the others one is enough.
const CUMULATIVE: readonly string[] = ["label", "label!", "until"];

/**
 * Makes one condition of several.
 *
 * @param filters The conditions.
 * @param allowed Which of them make sense here.
 * @returns The condition that all hold.
 * @throws {EngineError} `invalid`: one is unknown or has a wrong value.
 */
export function networkCondition(
  filters: NetworkFilters,
  allowed: readonly string[] = NETWORK_FILTERS,
): Condition {
  const all = Object.entries(filters).map(([name, values]): Condition => {
    if (!allowed.includes(name)) throw invalid(name, `one of ${allowed.join(", ")}`);
    const conditions = values.map((value) => CONDITIONS[name]!(value));
    return CUMULATIVE.includes(name)
      ? (network) => conditions.every((holds) => holds(network))
      : (network) => conditions.some((holds) => holds(network));
  });
  return (network) => all.every((holds) => holds(network));
}

function invalid(filter: string, expected: string): EngineError {
  return new EngineError(`invalid filter '${filter}': it must be ${expected}`, { kind: "invalid" });
}
