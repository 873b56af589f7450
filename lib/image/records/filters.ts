/**
 * Conditions that choose images: `label=stage=test`, `until=MILLISECONDS` since the epoch.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { type ImageNames, matchesPattern } from "./names.ts";
import type { ImageRow } from "./lookup.ts";
import { type ImageConfig, parseImageConfig } from "../spec/manifest.ts";
import type { Reference } from "../spec/reference.ts";

/** Conditions by their name; an image must satisfy each name's. */
export type ImageFilters = Readonly<Record<string, readonly string[]>>;

/** An image as the conditions see it. */
export interface FilteredImage {
  /** Its record. */
  row: ImageRow;
  /** Its names. */
  names: ImageNames;
}

/** Tells whether an image satisfies a condition. */
export type Condition = (image: FilteredImage) => boolean;

/** Finds the image that `before` and `since` name. */
export type FindImage = (name: string) => ImageRow;

type Maker = (value: string, find: FindImage) => Condition;

const CONDITIONS = {
  dangling: (value) => {
    const wanted = booleanValue("dangling", value);
    // An image that only has digests is neither.
    return ({ names }) =>
      wanted ? names.tags.length === 0 : names.tags.length + names.digests.length > 0;
  },
  label: (value) => ({ row }) => hasLabel(row, value),
  "label!": (value) => ({ row }) => !hasLabel(row, value),
  before: (value, find) => {
    const { createdAt } = find(value);
    return ({ row }) => row.createdAt < createdAt;
  },
  since: (value, find) => {
    const { createdAt } = find(value);
    return ({ row }) => row.createdAt > createdAt;
  },
  reference: (value) => ({ names }) =>
    [...names.tags, ...names.digests].some((name) => matchesPattern(name, value)),
  until: (value) => {
    const moment = /^-?\d+$/.test(value) ? Number(value) : NaN;
    if (Number.isNaN(moment)) {
      throw new EngineError(
        `invalid filter 'until=${value}': it must be milliseconds since the epoch`,
        { kind: "invalid" },
      );
    }
    return ({ row }) => row.createdAt < moment;
  },
} satisfies Record<string, Maker>;

/** The name of a condition. */
export type FilterName = keyof typeof CONDITIONS;

// Of several values of these, one is enough; of the others all must hold.
const ALTERNATIVES: readonly string[] = ["reference", "dangling"];

/**
 * Makes one condition of several.
 *
 * @param filters The conditions.
 * @param allowed Which of them make sense here.
 * @param find Finds the image that `before` and `since` name.
 * @returns The condition that all hold.
 * @throws {EngineError} `invalid`: one is unknown or has a wrong value; or what `find` throws.
 */
export function imageCondition(
  filters: ImageFilters,
  allowed: readonly FilterName[],
  find: FindImage,
): Condition {
  const all = Object.entries(filters).map(([name, values]): Condition => {
    if (!allowed.includes(name as FilterName)) {
      throw new EngineError(`invalid filter '${name}': known are ${allowed.join(", ")}`, {
        kind: "invalid",
      });
    }
    const make: Maker = CONDITIONS[name as FilterName];
    const conditions = values.map((value) => make(value, find));
    return ALTERNATIVES.includes(name)
      ? (image) => conditions.some((condition) => condition(image))
      : (image) => conditions.every((condition) => condition(image));
  });
  return (image) => all.every((condition) => condition(image));
}

/**
 * Chooses the names of an image that a `reference` condition lets through.
 *
 * @param references Names.
 * @param filters All conditions.
 * @returns The names that match, all where there is no such condition.
 */
export function matchingNames(references: Reference[], filters: ImageFilters): Reference[] {
  const patterns = filters.reference;
  if (!patterns) return references;
  return references.filter((name) => patterns.some((pattern) => matchesPattern(name, pattern)));
}

/**
 * Reads an image's configuration.
 *
 * @param row Its record.
 * @returns The configuration.
 */
export function configOf(row: ImageRow): ImageConfig {
  return parseImageConfig(new TextEncoder().encode(row.config));
}

function hasLabel(row: ImageRow, condition: string): boolean {
  const labels = configOf(row).config.Labels ?? {};
  const equals = condition.indexOf("=");
  const key = equals < 0 ? condition : condition.slice(0, equals);
  return Object.hasOwn(labels, key) &&
    (equals < 0 || labels[key] === condition.slice(equals + 1));
}

function booleanValue(name: string, value: string): boolean {
  if (["true", "1", "t"].includes(value.toLowerCase())) return true;
  if (["false", "0", "f"].includes(value.toLowerCase())) return false;
  throw new EngineError(`invalid filter '${name}=${value}': it must be true or false`, {
    kind: "invalid",
  });
}
