import assert from "node:assert/strict";
import { soak } from "./harness/soak.ts";
import { suite } from "./harness/suite.ts";

const shared = suite();

Deno.test("many lives of containers leave no process, descriptor, file or row", async () => {
  const seed = Date.now() % 1000;
  const { after, before } = await soak(shared.tsd, { lives: 16, atOnce: 3, seed });
  assert.deepEqual(after, before, `seed ${seed}`);
});
