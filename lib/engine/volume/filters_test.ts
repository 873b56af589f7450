import assert from "node:assert/strict";
import type { VolumeRecord } from "../../volume/mod.ts";
import { volumeCondition, type VolumeFilters } from "./filters.ts";

const volume = (name: string, labels: Record<string, string> = {}): VolumeRecord => ({
  name,
  driver: "local",
  options: {},
  labels,
  createdAt: 0,
});
const VOLUMES = [volume("data", { a: "1" }), volume("database", { a: "2", b: "" }), volume("logs")];
const USED = new Set(["data"]);

const CASES: [filters: VolumeFilters, names: string[]][] = [
  [{}, ["data", "database", "logs"]],
  [{ dangling: ["true"] }, ["database", "logs"]],
  [{ dangling: ["0"] }, ["data"]],
  [{ name: ["data"] }, ["data", "database"]],
  [{ name: ["base", "log"] }, ["database", "logs"]],
  [{ label: ["a"] }, ["data", "database"]],
  [{ label: ["a", "b"] }, ["database"]],
  [{ label: ["a=1"], name: ["data"] }, ["data"]],
  [{ driver: ["local"] }, ["data", "database", "logs"]],
  [{ driver: ["nfs"] }, []],
];

Deno.test("volumeCondition() holds where all filters do", () => {
  for (const [filters, names] of CASES) {
    const found = VOLUMES.filter(volumeCondition(filters, USED)).map(({ name }) => name);
    assert.deepEqual(found, names, JSON.stringify(filters));
  }
});

Deno.test("volumeCondition() refuses what it does not know", () => {
  for (const filters of [{ foo: ["x"] }, { dangling: ["maybe"] }, { "label!": ["a"] }]) {
    assert.throws(() => volumeCondition(filters as VolumeFilters, USED), { kind: "invalid" });
  }
});
