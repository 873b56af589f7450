import assert from "node:assert/strict";
import { FakeInstance } from "../../container/_instance_fixture.ts";
import { statusText } from "./status_text.ts";

const NOW = Date.parse("2026-01-02T03:04:05Z");
const MINUTE = 60_000;

Deno.test("statusText() says what state a container is in, and since when", () => {
  using instance = new FakeInstance();
  const record = instance.add("created");
  const times = { startedAt: NOW - 5 * MINUTE, finishedAt: NOW - 2 * MINUTE };
  const cases = {
    creating: "Created",
    created: "Created",
    running: "Up 5 minutes",
    paused: "Up 5 minutes (Paused)",
    restarting: "Restarting (3) 2 minutes ago",
    stopped: "Exited (3) 2 minutes ago",
    removing: "Removal In Progress",
  } as const;
  for (const [status, expected] of Object.entries(cases)) {
    const as = status as keyof typeof cases;
    assert.equal(statusText({ ...record, ...times, exitCode: 3, status: as }, NOW), expected);
  }
});

Deno.test("statusText() says how healthy a container is that runs", () => {
  using instance = new FakeInstance();
  const record = { ...instance.add("running"), startedAt: NOW - 5 * MINUTE };
  const cases = {
    starting: "Up 5 minutes (health: starting)",
    healthy: "Up 5 minutes (healthy)",
    unhealthy: "Up 5 minutes (unhealthy)",
  } as const;
  for (const [name, expected] of Object.entries(cases)) {
    const health = { status: name as keyof typeof cases, failingStreak: 0, log: [] };
    assert.equal(statusText({ ...record, health }, NOW), expected);
  }
});
