import assert from "node:assert/strict";
import { runAlone } from "../../../tests/harness/run_alone.ts";
import type * as Module from "./memory_keeper.ts";

Deno.test("MemoryKeeper gives memory back again and again, without another request", async () => {
  const sizes = await runAlone(async ({ MemoryKeeper }: typeof Module) => {
    const size = () => Deno.memoryUsage().heapTotal >> 20;
    const makeGarbage = () => Array.from({ length: 400_000 }, (_, n) => ({ n })).length;
    const fallen = async (from: number) => {
      const deadline = Date.now() + 20_000;
      while (size() > from - 10 && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return size();
    };
    const failures: unknown[] = [];
    const log = (_text: string, error: unknown) => void failures.push(error);
    const keeper = new MemoryKeeper(log, { quiet: 50, look: 50 });
    keeper.requested();
    const sizes: number[] = [];
    for (let round = 0; round < 3; round++) {
      makeGarbage();
      const before = size();
      sizes.push(before, await fallen(before));
    }
    keeper.stop();
    if (failures.length > 0) throw failures[0];
    return sizes;
  }, {
    module: import.meta.resolve("./memory_keeper.ts"),
    args: [] as const,
    flags: ["--v8-flags=--expose-gc,--no-memory-reducer"],
  });
  for (let round = 0; round < 3; round++) {
    const [before, after] = sizes.slice(2 * round);
    assert.ok(after! <= before! - 10, `round ${round}: ${sizes.join(", ")} MiB`);
  }
});
