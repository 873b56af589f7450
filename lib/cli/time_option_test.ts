import assert from "node:assert/strict";
import { parseInstant } from "./time_option.ts";

const NOW = Date.parse("2026-01-02T03:04:05.678Z");

Deno.test("parseInstant() reads Unix times, durations and dates", () => {
  const cases: [string, string][] = [
    ["1700000000", "1700000000000000000"],
    ["1700000000.5", "1700000000500000000"],
    ["1700000000.123456789", "1700000000123456789"],
    ["0", "0"],
    ["2023-11-14T22:13:20Z", "1700000000000000000"],
    ["2023-11-14T22:13:20.123456789Z", "1700000000123456789"],
    ["2023-11-14T22:13:20.1+01:00", "1699996400100000000"],
    ["2023-11-14T22Z", "1699999200000000000"],
    ["2023-11-14T22:13-02:00", "1700007180000000000"],
    ["1m", `${BigInt(NOW - 60_000) * 1_000_000n}`],
    ["1h30m", `${BigInt(NOW - 5_400_000) * 1_000_000n}`],
    ["-10s", `${BigInt(NOW + 10_000) * 1_000_000n}`],
    ["0s", `${BigInt(NOW) * 1_000_000n}`],
  ];
  for (const [text, expected] of cases) {
    assert.equal(String(parseInstant(text, NOW)), expected, text);
  }
});

Deno.test("parseInstant() takes a date without a zone to be in the machine's", () => {
  for (const text of ["2026-01-02", "2026-01-02T03", "2026-01-02T03:04", "2026-01-02T03:04:05"]) {
    const whole = text + "2026-01-02T00:00:00".slice(text.length);
    assert.equal(parseInstant(text), BigInt(Date.parse(whole)) * 1_000_000n, text);
  }
});

Deno.test("parseInstant() refuses what is neither", () => {
  for (const text of ["", "x", "5 minutes", "2026-13-01", "2026-02-30", "2026-01-02T25:00"]) {
    assert.throws(() => parseInstant(text, NOW), {
      name: "EngineError",
      kind: "invalid",
      message: `failed to parse value as time or duration: "${text}"`,
    });
  }
});
