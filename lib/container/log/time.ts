/**
 * Moments in a log.
 *
 * @module
 */

const NANOSECONDS_PER_SECOND = 1_000_000_000n;
// The end of the year 9999: later ones have more digits, and no log has them.
const LATEST = 253_402_300_799n * NANOSECONDS_PER_SECOND;
// How far the two clocks may be apart until they are compared again, in milliseconds.
const TOLERANCE = 2;

let offset = 0;

/**
 * Tells the time, finer than `Date.now`.
 *
 * @returns Milliseconds since the epoch, with a fraction.
 */
export function preciseNow(): number {
  const now = Date.now();
  const precise = performance.now() + offset;
  if (Math.abs(precise - now) < TOLERANCE) return precise;
  // The first call, or the machine's clock was set.
  offset = now - performance.now();
  return now;
}

/**
 * Writes a moment as a log does: Go's `time.RFC3339Nano`, in UTC.
 *
 * @param milliseconds The moment, since the epoch, with a fraction.
 * @returns `2026-01-02T03:04:05.123456Z`, in whole microseconds, without zeros at the end.
 */
export function formatLogTime(milliseconds: number): string {
  const micros = Math.floor(milliseconds * 1000);
  const seconds = Math.floor(micros / 1e6);
  return rfc3339(seconds * 1000, String(micros - seconds * 1e6).padStart(6, "0"));
}

/**
 * Writes a moment so that it can be compared with the times in a log byte by byte: they are in UTC,
 * and a fraction without its last zeros comes before the same one with more digits.
 *
 * @param nanoseconds The moment, since the epoch.
 * @returns As a log has it, without the `Z`.
 */
export function comparableTime(nanoseconds: bigint): string {
  const moment = nanoseconds < 0n ? 0n : nanoseconds > LATEST ? LATEST : nanoseconds;
  const fraction = moment % NANOSECONDS_PER_SECOND;
  const milliseconds = Number((moment - fraction) / 1_000_000n);
  return rfc3339(milliseconds, String(fraction).padStart(9, "0")).slice(0, -1);
}

function rfc3339(milliseconds: number, fraction: string): string {
  const digits = fraction.replace(/0+$/, "");
  const whole = new Date(milliseconds).toISOString().slice(0, -".000Z".length);
  return digits === "" ? `${whole}Z` : `${whole}.${digits}Z`;
}

/**
 * Writes a time of a log with all its digits, as `docker logs -t` shows it.
 *
 * @param time As the log has it.
 * @returns With nine digits of fraction: `2026-01-02T03:04:05.123456000Z`.
 */
export function fixedWidthTime(time: string): string {
  const match = /^(.{19})(?:\.(\d+))?(.*)$/.exec(time);
  return match ? `${match[1]}.${(match[2] ?? "").padEnd(9, "0")}${match[3]}` : time;
}
