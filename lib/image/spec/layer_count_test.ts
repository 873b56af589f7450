import assert from "node:assert/strict";
import type { Digest } from "./digest.ts";
import { MOST_LAYERS, tooManyLayers } from "./layer_count.ts";

const diffIds = (count: number) =>
  Array.from({ length: count }, (_, number) => `sha256:${number}` as Digest);

Deno.test("tooManyLayers() counts what overlay has to stack", () => {
  assert.equal(tooManyLayers(diffIds(MOST_LAYERS)), undefined);
  // Builders use one empty layer again and again.
  assert.equal(tooManyLayers([...diffIds(MOST_LAYERS), ...diffIds(20)]), undefined);
  assert.match(tooManyLayers(diffIds(MOST_LAYERS + 1))!, /^too many layers: 501, .* at most 500;/);
  assert.match(tooManyLayers(diffIds(MOST_LAYERS), 1)!, /^too many layers: 501,/);
});
