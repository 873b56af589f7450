import assert from "node:assert/strict";
import { importCircles } from "./import_circles.ts";

function circles(imports: Record<string, string[]>): string[][] {
  return importCircles(new Map(Object.entries(imports)));
}

Deno.test("importCircles() finds none where files share what they import", () => {
  assert.deepEqual(circles({ a: ["b", "c"], b: ["d"], c: ["d"], d: ["node:fs"] }), []);
});

Deno.test("importCircles() finds a circle without those that lead to it", () => {
  assert.deepEqual(circles({ a: ["b"], b: ["c"], c: ["d"], d: ["b", "e"], e: [] }), [
    ["b", "c", "d"],
  ]);
});

Deno.test("importCircles() finds a file that imports itself, and circles apart", () => {
  assert.deepEqual(circles({ a: ["a"], b: ["c"], c: ["b"] }), [["a"], ["b", "c"]]);
});
