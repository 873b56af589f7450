import assert from "node:assert/strict";
import { fakeClock } from "../_fake_registry_fixture.ts";
import {
  backoffMilliseconds,
  type RetryableError,
  retryAfterMilliseconds,
  RetryBudget,
  SYSTEM_CLOCK,
  withRetries,
} from "./retry.ts";

const isRetryable = (error: unknown): error is RetryableError =>
  error instanceof Error && error.message !== "final";

Deno.test("retryAfterMilliseconds() reads seconds and dates", () => {
  const now = Date.UTC(2026, 0, 1);
  const cases: [header: string | null, expected: number | undefined][] = [
    [null, undefined],
    ["0", 0],
    ["3", 3000],
    [" 12 ", 12000],
    ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
    ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
    ["soon", undefined],
    ["", undefined],
  ];
  for (const [header, expected] of cases) {
    assert.equal(retryAfterMilliseconds(header, now), expected, String(header));
  }
});

Deno.test("backoffMilliseconds() doubles up to a bound, half of it by chance", () => {
  assert.deepEqual([1, 2, 3, 4].map((n) => backoffMilliseconds(n, 0)), [250, 500, 1000, 2000]);
  assert.equal(backoffMilliseconds(1, 0.5), 375);
  assert.equal(backoffMilliseconds(1000, 0.999999), 20_000);
});

Deno.test("withRetries() tries until it succeeds, waiting as long as asked", async () => {
  const clock = fakeClock();
  const events: number[] = [];
  let calls = 0;
  const result = await withRetries(() => {
    calls++;
    if (calls === 1) {
      return Promise.reject(Object.assign(new Error("busy"), { retryAfterMilliseconds: 3000 }));
    }
    return calls === 2 ? Promise.reject(new Error("reset")) : Promise.resolve("done");
  }, {
    subject: "x",
    attempts: 3,
    isRetryable,
    clock,
    onRetry: ({ failures }) => events.push(failures),
  });
  assert.equal(result, "done");
  assert.deepEqual(clock.delays, [3000, 500]);
  assert.deepEqual(events, [1, 2]);
});

Deno.test("withRetries() gives up after its attempts, at once where it is pointless", async () => {
  const cases: [error: Error, calls: number][] = [
    [new Error("busy"), 4],
    [new Error("final"), 1],
    [Object.assign(new Error("limit"), { retryAfterMilliseconds: 3_600_000 }), 1],
  ];
  for (const [error, expected] of cases) {
    let calls = 0;
    const task = () => (calls++, Promise.reject(error));
    await assert.rejects(
      withRetries(task, { subject: "x", attempts: 4, isRetryable, clock: fakeClock() }),
      error,
    );
    assert.equal(calls, expected, error.message);
  }
});

Deno.test("RetryBudget.refill() forgets the failures so far", async () => {
  const clock = fakeClock();
  const budget = new RetryBudget({ subject: "x", attempts: 2, isRetryable, clock });
  const error = new Error("busy");
  await budget.spend(error);
  budget.refill();
  await budget.spend(error);
  await assert.rejects(budget.spend(error), error);
});

Deno.test("SYSTEM_CLOCK.delay() ends with the signal's reason", async () => {
  const controller = new AbortController();
  const waiting = SYSTEM_CLOCK.delay(60_000, controller.signal);
  controller.abort(new Error("stop"));
  await assert.rejects(waiting, { message: "stop" });
  await assert.rejects(SYSTEM_CLOCK.delay(60_000, controller.signal), { message: "stop" });
  await SYSTEM_CLOCK.delay(1, new AbortController().signal);
});
