/**
 * The `until` condition of `--filter`.
 *
 * @module
 */

import { parseInstant } from "./time_option.ts";

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/**
 * Replaces the moments that users write by those the engine takes: milliseconds since the epoch.
 *
 * @param filters Conditions, by name.
 * @returns The conditions.
 * @throws {EngineError} `invalid`: `failed to parse value as time or duration: "x"`.
 */
export function withMoments(
  filters: Readonly<Record<string, string[]>>,
): Record<string, string[]> {
  if (filters.until === undefined) return filters;
  const until = filters.until.map((text) => parseInstant(text) / NANOSECONDS_PER_MILLISECOND);
  return { ...filters, until: until.map(String) };
}
