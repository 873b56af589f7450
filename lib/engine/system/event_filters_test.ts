import assert from "node:assert/strict";
import { eventCondition, type EventFilters } from "./event_filters.ts";

const EVENTS = {
  start: {
    type: "container",
    action: "start",
    actorId: "c1abc",
    attributes: { name: "web", image: "alpine:3", stage: "test" },
  },
  health: {
    type: "container",
    action: "health_status: healthy",
    actorId: "c2abc",
    attributes: { name: "db", image: "mariadb", stage: "live", tier: "1" },
  },
  pull: {
    type: "image",
    action: "pull",
    actorId: "alpine:3",
    attributes: { name: "alpine" },
  },
  network: {
    type: "network",
    action: "connect",
    actorId: "n1",
    attributes: { name: "web", container: "c1abc" },
  },
} as const;

Deno.test("eventCondition() chooses by each filter", () => {
  const cases: [EventFilters, string][] = [
    [{}, "start health pull network"],
    [{ container: ["web"] }, "start"],
    [{ container: ["c1"] }, "start"],
    [{ container: ["c1", "db"] }, "start health"],
    [{ image: ["alpine"] }, "start pull"],
    [{ image: ["alpine:3"] }, "start pull"],
    [{ image: ["alp"] }, ""],
    [{ type: ["image", "network"] }, "pull network"],
    [{ event: ["start", "pull"] }, "start pull"],
    [{ event: ["sta"] }, ""],
    [{ event: ["health_status"] }, "health"],
    [{ event: ["health_status: healthy"] }, "health"],
    [{ label: ["stage"] }, "start health"],
    [{ label: ["stage=test"] }, "start"],
    [{ label: ["stage", "tier=1"] }, "health"],
    [{ network: ["web"] }, "network"],
    [{ scope: ["local"] }, "start health pull network"],
    [{ scope: ["swarm"] }, ""],
    [{ type: ["container"], event: ["start"], label: ["tier"] }, ""],
  ];
  for (const [filters, expected] of cases) {
    const matches = eventCondition(filters);
    const names = Object.entries(EVENTS).filter(([, event]) => matches(event)).map(([name]) =>
      name
    );
    assert.equal(names.join(" "), expected, JSON.stringify(filters));
  }
});

Deno.test("eventCondition() refuses an unknown filter", () => {
  for (const name of ["foo", "constructor"]) {
    assert.throws(() => eventCondition({ [name]: ["1"] }), {
      name: "EngineError",
      kind: "invalid",
      message: new RegExp(`^invalid filter '${name}': it must be one of container, image`),
    });
  }
});
