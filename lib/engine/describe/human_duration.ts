/**
 * Durations in Docker's words.
 *
 * @module
 */

const MILLISECONDS_PER_SECOND = 1000;
const MINUTE = 60;
const HOUR = 60 * MINUTE;

/**
 * Says about how long something took.
 *
 * @param milliseconds The duration, in milliseconds.
 * @returns Words such as `Less than a second`, `About a minute`, `2 weeks`.
 */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / MILLISECONDS_PER_SECOND);
  const minutes = Math.trunc(seconds / MINUTE);
  // Hours alone are rounded to the nearest.
  const hours = Math.trunc(seconds / HOUR + 0.5);
  if (seconds < 1) return "Less than a second";
  if (seconds === 1) return "1 second";
  if (seconds < 60) return `${seconds} seconds`;
  if (minutes === 1) return "About a minute";
  if (minutes < 60) return `${minutes} minutes`;
  if (hours === 1) return "About an hour";
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`;
  return `${Math.trunc(seconds / HOUR / 24 / 365)} years`;
}

/**
 * Says how long ago something was.
 *
 * @param then The moment, in milliseconds since the epoch.
 * @param now The present, in milliseconds since the epoch.
 * @returns Words such as `2 weeks ago`.
 */
export function humanAgo(then: number, now: number = Date.now()): string {
  return `${humanDuration(now - then)} ago`;
}
