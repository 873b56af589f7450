import assert from "node:assert/strict";
import { humanAgo, humanDuration } from "./human_duration.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const DURATIONS: [milliseconds: number, text: string][] = [
  [-5 * SECOND, "Less than a second"],
  [0, "Less than a second"],
  [999, "Less than a second"],
  [SECOND, "1 second"],
  [59 * SECOND, "59 seconds"],
  [MINUTE, "About a minute"],
  [2 * MINUTE - 1, "About a minute"],
  [59 * MINUTE, "59 minutes"],
  [HOUR, "About an hour"],
  [89 * MINUTE, "About an hour"],
  [90 * MINUTE, "2 hours"],
  [47 * HOUR, "47 hours"],
  [2 * DAY, "2 days"],
  [13 * DAY, "13 days"],
  [14 * DAY, "2 weeks"],
  [59 * DAY, "8 weeks"],
  [60 * DAY, "2 months"],
  [729 * DAY, "24 months"],
  [730 * DAY, "2 years"],
  [3650 * DAY, "10 years"],
];

for (const [milliseconds, text] of DURATIONS) {
  Deno.test(`humanDuration() says ${text} for ${milliseconds} ms`, () => {
    assert.equal(humanDuration(milliseconds), text);
  });
}

Deno.test("humanAgo() counts from the moment to now", () => {
  assert.equal(humanAgo(1_000_000, 1_000_000 + 2 * MINUTE), "2 minutes ago");
});
