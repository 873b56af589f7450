/**
 * Lets containers log for long, and watches what their supervisor takes:
 * `deno run -A scripts/soak_logs.ts [MINUTES]`, as root.
 *
 * One writes a thousand lines a second, of which rotation keeps the last; four write one a second.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  anonymousMemory,
  descriptorsOf,
  proportionalMemory,
  supervisorOf,
} from "../tests/harness/supervisor.ts";
import { Tsd } from "../tests/harness/tsd.ts";

const DEFAULT_MINUTES = 60;
const MINUTE = 60_000;
// Of the time, as the collector's heap and SQLite's cache find their size.
const WARM_UP = 1 / 6;
const MOST_GROWTH = 4 << 20;
// This machine's own root needs no registry, and is never written to.
const RUN = ["run", "-d", "--network", "none"];
const ROTATED = ["--log-opt", "max-size=1m", "--log-opt", "max-file=3"];
const FAST = "n=0; while :; do m=$((n + 100)); while [ $n -lt $m ]; do n=$((n + 1)); " +
  'echo "line $n of a container that writes without end"; done; sleep 0.1; done';
const SLOW = "while :; do date; sleep 1; done";

/** What the supervisor takes at a moment. */
interface Sample {
  /** Its proportional set size, in bytes, which also depends on who else has the same files. */
  shared: number;
  /** Bytes that are its alone. */
  own: number;
  /** How many descriptors it has open. */
  descriptors: number;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

async function sample(pid: number): Promise<Sample> {
  return {
    shared: await proportionalMemory(pid),
    own: await anonymousMemory(pid),
    descriptors: (await descriptorsOf(pid)).length,
  };
}

async function start(tsd: Tsd, name: string, script: string, options: string[]): Promise<void> {
  await tsd.run([...RUN, "--name", name, ...options, "--rootfs", "/", "sh", "-c", script]);
}

/** Checks that what is left of the fast container's log has no gap. */
async function checkLog(tsd: Tsd): Promise<void> {
  const { stdout } = await tsd.run(["logs", "fast"]);
  const numbers = stdout.trimEnd().split("\n").map((line) => Number(line.split(" ")[1]));
  const gap = numbers.findIndex((number, index) => index > 0 && number !== numbers[index - 1]! + 1);
  assert.equal(gap, -1, `a line is missing before line ${numbers[gap]}`);
  say(`${numbers.length} lines are kept, up to line ${numbers.at(-1)}\n`);
}

if (import.meta.main) {
  const [minutes = DEFAULT_MINUTES] = Deno.args.map(Number);
  await using tsd = await Tsd.create();
  await start(tsd, "fast", FAST, ROTATED);
  for (let n = 0; n < 4; n++) await start(tsd, `slow-${n}`, SLOW, []);
  const pid = await supervisorOf(tsd);
  const samples: Sample[] = [];
  const begin = Date.now();
  for (let minute = 1; minute <= minutes; minute++) {
    await new Promise((resolve) => setTimeout(resolve, begin + minute * MINUTE - Date.now()));
    const found = await sample(pid);
    samples.push(found);
    const [shared, own] = [found.shared, found.own].map((bytes) => (bytes / 1e6).toFixed(1));
    say(`minute ${minute}: ${shared} MB PSS, ${own} MB own, ${found.descriptors} descriptors\n`);
  }
  await checkLog(tsd);
  await tsd.run(["rm", "-f", "fast", ...[0, 1, 2, 3].map((n) => `slow-${n}`)]);
  await tsd.checkClean();
  const [first, last] = [samples[Math.floor(minutes * WARM_UP)]!, samples.at(-1)!];
  const growth = last.own - first.own;
  say(`after the warm-up the supervisor has grown by ${growth >> 10} KiB\n`);
  assert.ok(growth <= MOST_GROWTH, `the supervisor has grown by ${growth} bytes`);
  assert.equal(last.descriptors, first.descriptors, "descriptors stay open");
}
