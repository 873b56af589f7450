import assert from "node:assert/strict";
import { buildHealthcheck, HEALTH_DEFAULTS } from "./health.ts";

const IMAGE = { Test: ["CMD", "check"], Interval: 2_000_000_000, Retries: 7 };

Deno.test("buildHealthcheck() takes what is wished, then the image's, then Docker's defaults", () => {
  assert.deepEqual(buildHealthcheck(IMAGE, { interval: 500, timeout: 0 }), {
    ...HEALTH_DEFAULTS,
    test: ["CMD", "check"],
    interval: 500,
    retries: 7,
  });
  assert.equal(buildHealthcheck(undefined, { interval: 500 }), undefined);
  assert.equal(buildHealthcheck(IMAGE, { disabled: true }), undefined);
});

Deno.test("buildHealthcheck() refuses what Docker does", () => {
  const cases: [wishes: Parameters<typeof buildHealthcheck>[1], message: string][] = [
    [{ retries: -1 }, "--health-retries cannot be negative"],
    [{ startPeriod: -5 }, "--health-start-period cannot be negative"],
    [{ interval: 0.001 }, "--health-interval cannot be less than 1ms"],
    [
      { disabled: true, command: "true" },
      "Cannot create the container: --no-healthcheck conflicts with --health-* options",
    ],
  ];
  for (const [wishes, message] of cases) {
    assert.throws(() => buildHealthcheck(IMAGE, wishes), { kind: "invalid", message });
  }
});
