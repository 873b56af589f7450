/**
 * Moments as Go prints them.
 *
 * @module
 */

/**
 * Writes a moment as Go's `time.RFC3339`, in the machine's zone: `2024-01-27T01:30:48+01:00`.
 *
 * @param milliseconds The moment, since the epoch.
 * @returns The text.
 */
export function rfc3339(milliseconds: number): string {
  const { date, time, offset } = parts(milliseconds);
  const zone = offset === "+0000" ? "Z" : `${offset.slice(0, 3)}:${offset.slice(3)}`;
  return `${date}T${time}${zone}`;
}

/**
 * Writes a moment as Go's `Time.String`, in the machine's zone: `2024-01-27 01:30:48 +0100 CET`.
 *
 * @param milliseconds The moment, since the epoch.
 * @returns The text, in whole seconds.
 */
export function goTime(milliseconds: number): string {
  const { date, time, offset } = parts(milliseconds);
  return `${date} ${time} ${offset} ${zoneName(milliseconds, offset)}`;
}

function parts(milliseconds: number): { date: string; time: string; offset: string } {
  const minutes = -new Date(milliseconds).getTimezoneOffset();
  const local = new Date(milliseconds + minutes * 60_000).toISOString();
  const size = Math.abs(minutes);
  const hours = String(Math.trunc(size / 60)).padStart(2, "0");
  return {
    date: local.slice(0, 10),
    time: local.slice(11, 19),
    offset: `${minutes < 0 ? "-" : "+"}${hours}${String(size % 60).padStart(2, "0")}`,
  };
}

/** V8 knows names such as `CET` only for some zones; Go then writes the offset. */
function zoneName(milliseconds: number, offset: string): string {
  if (offset === "+0000") return "UTC";
  const parts = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" })
    .formatToParts(milliseconds);
  const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
  return /^[A-Z]{2,5}$/.test(name) ? name : offset.replace(/00$/, "");
}
