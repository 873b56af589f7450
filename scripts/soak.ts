/**
 * Lets containers live and die by the thousand, and looks for what they leave:
 * `deno run -A scripts/soak.ts [LIVES] [AT_ONCE]`, as root.
 *
 * @module
 */

import assert from "node:assert/strict";
import { soak } from "../tests/harness/soak.ts";
import { Tsd } from "../tests/harness/tsd.ts";

const DEFAULT_LIVES = 2_000;
const DEFAULT_AT_ONCE = 4;
// 2 KiB a life where there are 2,000; what is below is the collector's own business.
const MOST_GROWTH = 4 << 20;

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) {
  const [lives = DEFAULT_LIVES, atOnce = DEFAULT_AT_ONCE] = Deno.args.map(Number);
  const seed = Date.now() % 1000;
  const start = performance.now();
  await using tsd = await Tsd.create();
  const onProgress = (over: number) => {
    if (over % 100 === 0) say(`${over} of ${lives} lives\n`);
  };
  const { after, before, growth } = await soak(tsd, {
    lives,
    atOnce,
    seed,
    mostGrowth: MOST_GROWTH,
    onProgress,
  });
  await tsd.checkClean();
  const seconds = Math.round((performance.now() - start) / 1000);
  say(`${lives} lives in ${seconds} s; the supervisor has grown by ${growth >> 10} KiB\n`);
  assert.deepEqual(after, before, `something was left (seed ${seed})`);
  assert.ok(growth <= MOST_GROWTH, `the supervisor has grown by ${growth} bytes (seed ${seed})`);
}
