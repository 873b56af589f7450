import assert from "node:assert/strict";
import { comparableTime, fixedWidthTime, formatLogTime, preciseNow } from "./time.ts";

Deno.test("formatLogTime() writes RFC 3339 without zeros at the end, as Go does", () => {
  const second = Date.parse("2026-01-02T03:04:05Z");
  const cases: [number, string][] = [
    [second, "2026-01-02T03:04:05Z"],
    [second + 100, "2026-01-02T03:04:05.1Z"],
    [second + 123.456, "2026-01-02T03:04:05.123456Z"],
    [second + 0.5, "2026-01-02T03:04:05.0005Z"],
    [second + 999.5, "2026-01-02T03:04:05.9995Z"],
    [0, "1970-01-01T00:00:00Z"],
  ];
  for (const [milliseconds, expected] of cases) {
    assert.equal(formatLogTime(milliseconds), expected);
  }
});

Deno.test("comparableTime() orders as the times do", () => {
  const second = BigInt(Date.parse("2026-01-02T03:04:05Z")) * 1_000_000n;
  const cases: [bigint, string][] = [
    [second, "2026-01-02T03:04:05"],
    [second + 1n, "2026-01-02T03:04:05.000000001"],
    [second + 120_000_000n, "2026-01-02T03:04:05.12"],
    [-5n, "1970-01-01T00:00:00"],
    [10n ** 30n, "9999-12-31T23:59:59"],
  ];
  for (const [nanoseconds, expected] of cases) {
    assert.equal(comparableTime(nanoseconds), expected);
  }
});

Deno.test("fixedWidthTime() shows nine digits", () => {
  assert.equal(fixedWidthTime("2026-01-02T03:04:05Z"), "2026-01-02T03:04:05.000000000Z");
  assert.equal(fixedWidthTime("2026-01-02T03:04:05.12Z"), "2026-01-02T03:04:05.120000000Z");
  assert.equal(
    fixedWidthTime("2026-01-02T03:04:05.123456789+01:00"),
    "2026-01-02T03:04:05.123456789+01:00",
  );
});

Deno.test("preciseNow() agrees with the clock and does not go back", () => {
  let last = 0;
  for (let n = 0; n < 1000; n++) {
    const now = preciseNow();
    assert.ok(now >= last);
    assert.ok(Math.abs(now - Date.now()) < 5);
    last = now;
  }
});
