/**
 * Conditions that choose containers: `status=exited`, `label=stage=test`.
 *
 * @module
 */

import { parsePortRange } from "../../network/port/published_port.ts";
import type { ContainerRecord, ContainerStore } from "../../container/record/store.ts";
import { EngineError } from "../../errors.ts";
import type { NetworkNames } from "./connections.ts";
import { displayedHealth, displayedState } from "../instance/container_state.ts";

/** Conditions by their name; a container must satisfy each name's. */
export type ContainerFilters = Readonly<Record<string, readonly string[]>>;

/** Tells whether a container satisfies a condition. */
export type ContainerCondition = (record: ContainerRecord) => boolean;

/** What conditions look up. */
export interface FilterSources {
  /** The records of containers. */
  store: Pick<ContainerStore, "find">;
  /**
   * Finds the image a user means.
   *
   * @param nameOrId Its name, its id or the beginning of one.
   * @returns Its id; nothing where there is none.
   */
  findImage(nameOrId: string): string | undefined;
  /**
   * Names the networks of a container.
   *
   * @param record The container.
   * @returns Their names and ids.
   */
  networksOf(record: ContainerRecord): Pick<NetworkNames, "ids" | "names">;
}

type Maker = (value: string, sources: FilterSources) => ContainerCondition;

const STATES = ["created", "restarting", "running", "removing", "paused", "exited", "dead"];
const HEALTH = ["starting", "healthy", "unhealthy", "none"];

const CONDITIONS: Readonly<Record<string, Maker>> = {
  id: (value) => ({ id }) => id.startsWith(value.toLowerCase()),
  name: (value) => {
    const pattern = namePattern(value);
    return ({ name }) => pattern.test(name) || pattern.test(`/${name}`);
  },
  label: (value) => ({ settings }) => hasLabel(settings.labels, value),
  "label!": (value) => ({ settings }) => !hasLabel(settings.labels, value),
  status: (value) => {
    if (!STATES.includes(value)) throw invalid(`status=${value}`, `one of ${STATES.join(", ")}`);
    return (record) => displayedState(record) === value;
  },
  exited: (value) => {
    if (!/^[+-]?\d+$/.test(value)) throw invalid(`exited=${value}`, "a whole number");
    return ({ status, exitCode }) => status === "stopped" && exitCode === Number(value);
  },
  ancestor: (value, { findImage }) => {
    const imageId = findImage(value);
    return (record) =>
      record.imageId === undefined ? record.imageName === value : record.imageId === imageId;
  },
  volume: (value) => ({ settings }) =>
    settings.binds.some(({ source, target }) => source === value || target === value) ||
    (settings.volumeMounts ?? []).some(({ name, target }) => name === value || target === value),
  network: (value, { networksOf }) => (record) => {
    const { ids, names } = networksOf(record);
    return names.includes(value) || ids.some((id) => id.startsWith(value));
  },
  health: (value) => {
    if (!HEALTH.includes(value)) throw invalid(`health=${value}`, `one of ${HEALTH.join(", ")}`);
    return (record) => displayedHealth(record) === value;
  },
  before: (value, { store }) => {
    const { createdAt, id } = store.find(value);
    return (record) => record.createdAt < createdAt && record.id !== id;
  },
  since: (value, { store }) => {
    const { createdAt, id } = store.find(value);
    return (record) => record.createdAt > createdAt && record.id !== id;
  },
  publish: (value) => {
    const { first, last, protocol } = parsePortRange(value);
    return ({ ports }) =>
      ports.some((port) =>
        port.protocol === protocol && port.hostPort >= first && port.hostPort <= last
      );
  },
  expose: (value) => {
    const { first, last, protocol } = parsePortRange(value);
    return ({ ports, settings: { exposedPorts } }) =>
      [...exposedPorts, ...ports.map((port) => `${port.containerPort}/${port.protocol}`)]
        .map(parsePortRange)
        .some((port) => port.protocol === protocol && port.first <= last && port.last >= first);
  },
  until: (value) => {
    const moment = Number(value);
    if (Number.isNaN(moment)) throw invalid(`until=${value}`, "milliseconds since the epoch");
    return ({ createdAt }) => createdAt < moment;
  },
};

/** What pruning can filter by; `until` is in milliseconds since the epoch. */
export const PRUNE_FILTERS: readonly string[] = ["label", "label!", "until"];

/** What `ps` can filter by. */
export const LIST_FILTERS: readonly string[] = Object.keys(CONDITIONS)
  .filter((name) => name === "label" || !PRUNE_FILTERS.includes(name));

// All values of these must hold; of the others one is enough.
const CUMULATIVE: readonly string[] = ["label", "label!", "before", "since", "until"];

/**
 * Makes one condition of several.
 *
 * @param filters The conditions.
 * @param sources What they look up.
 * @param allowed Which of them make sense here.
 * @returns The condition that all hold.
 * @throws {EngineError} `invalid`: one is unknown or has a wrong value; `notFound`: the container
 * that `before` or `since` names does not exist.
 */
export function containerCondition(
  filters: ContainerFilters,
  sources: FilterSources,
  allowed: readonly string[] = LIST_FILTERS,
): ContainerCondition {
  const all = Object.entries(filters).map(([name, values]): ContainerCondition => {
    if (!allowed.includes(name)) throw invalid(name, `one of ${allowed.join(", ")}`);
    const conditions = values.map((value) => CONDITIONS[name]!(value, sources));
    return CUMULATIVE.includes(name)
      ? (record) => conditions.every((holds) => holds(record))
      : (record) => conditions.some((holds) => holds(record));
  });
  return (record) => all.every((holds) => holds(record));
}

/**
 * Tells whether labels satisfy a condition.
 *
 * @param labels Labels by name.
 * @param condition `NAME` or `NAME=VALUE`.
 * @returns Whether they do.
 */
export function hasLabel(labels: Readonly<Record<string, string>>, condition: string): boolean {
  const equals = condition.indexOf("=");
  const name = equals < 0 ? condition : condition.slice(0, equals);
  return Object.hasOwn(labels, name) &&
    (equals < 0 || labels[name] === condition.slice(equals + 1));
}

/** Names are matched by regular expressions that need not match all of it, as in Docker. */
function namePattern(value: string): RegExp {
  try {
    return new RegExp(value);
  } catch (cause) {
    throw new EngineError(`invalid filter 'name=${value}': it is no regular expression`, {
      kind: "invalid",
      cause,
    });
  }
}

function invalid(filter: string, expected: string): EngineError {
  return new EngineError(`invalid filter '${filter}': it must be ${expected}`, { kind: "invalid" });
}
