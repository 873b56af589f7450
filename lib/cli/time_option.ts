/**
 * Moments as options take them: `--since 10m`, `--until 2026-01-02T03:04:05Z`.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { parseDuration } from "./units.ts";

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;
const NANOSECONDS_PER_SECOND = 1_000_000_000n;

/** Seconds since the epoch, with at most nine digits behind the point. */
const UNIX_TIME = /^(\d{1,12})(?:\.(\d{1,9}))?$/;

/** RFC 3339, of which everything after the date may be missing. */
const DATE =
  /^(\d{4}-\d\d-\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?)?(Z|[+-]\d\d:\d\d)?$/i;

/**
 * Reads a moment as Docker does: a Go duration before now (`1h30m`), a Unix time (`1700000000.5`), or
 * a date of RFC 3339 whose end may be missing (`2026-01-02`, `2026-01-02T03:04`) and which is in the
 * machine's zone where it names none.
 *
 * @param text The moment.
 * @param now The present, in milliseconds since the epoch.
 * @returns Nanoseconds since the epoch.
 * @throws {EngineError} `invalid`: `failed to parse value as time or duration: "x"`.
 */
export function parseInstant(text: string, now: number = Date.now()): bigint {
  return parseUnixTime(text) ?? parseDate(text) ?? parseAge(text, now) ?? fail(text);
}

function parseUnixTime(text: string): bigint | undefined {
  const [all, seconds = "", fraction = ""] = UNIX_TIME.exec(text) ?? [];
  if (all === undefined) return undefined;
  return BigInt(seconds) * NANOSECONDS_PER_SECOND + nanoseconds(fraction);
}

function parseDate(text: string): bigint | undefined {
  const [all, day, hour = "00", minute = "00", second = "00", fraction = "", zone = ""] =
    DATE.exec(text) ?? [];
  if (all === undefined) return undefined;
  // Date.parse would roll the 30th of February over to March.
  if (!isCalendarDay(day!)) return undefined;
  const milliseconds = Date.parse(`${day}T${hour}:${minute}:${second}${zone.toUpperCase()}`);
  if (Number.isNaN(milliseconds)) return undefined;
  return BigInt(milliseconds) * NANOSECONDS_PER_MILLISECOND + nanoseconds(fraction);
}

function isCalendarDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

function parseAge(text: string, now: number): bigint | undefined {
  try {
    const age = parseDuration(text);
    return BigInt(Math.round((now - age) * 1000)) * 1000n;
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

function nanoseconds(fraction: string): bigint {
  return BigInt(fraction.padEnd(9, "0"));
}

function fail(text: string): never {
  throw new EngineError(`failed to parse value as time or duration: ${JSON.stringify(text)}`, {
    kind: "invalid",
  });
}
