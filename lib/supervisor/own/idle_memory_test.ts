import assert from "node:assert/strict";
import { runAlone } from "../../../tests/harness/run_alone.ts";
import type * as Module from "./idle_memory.ts";
import { unchangedFileMappings } from "./idle_memory.ts";

function mapping(header: string, anonymous: number): string {
  return `${header}\nSize:  4 kB\nRss:  4 kB\nAnonymous:  ${anonymous} kB\nVmFlags: rd ex mr mw me\n`;
}

Deno.test("unchangedFileMappings() finds files that nobody writes to in memory", () => {
  const smaps = [
    mapping("1000-3000 r-xp 00000000 08:01 42                         /usr/bin/program", 0),
    mapping("3000-4000 r--p 00003000 08:01 42                         /usr/bin/program", 0),
    mapping("4000-5000 r--p 00003000 08:01 42                         /usr/bin/program", 4),
    mapping("5000-6000 rw-p 00003000 08:01 42                         /usr/bin/program", 0),
    mapping("6000-7000 r--s 00003000 08:01 43                         /shared", 0),
    mapping("7000-8000 r-xp 00000000 00:00 0                          [vdso]", 0),
    mapping("8000-9000 r--p 00000000 00:00 0 ", 0),
  ].join("");
  assert.deepEqual(unchangedFileMappings(smaps), [
    { path: "/usr/bin/program", start: 0x1000n, end: 0x3000n },
    { path: "/usr/bin/program", start: 0x3000n, end: 0x4000n },
    { path: "/shared", start: 0x6000n, end: 0x7000n },
  ]);
});

Deno.test("releaseIdleMemory() gives memory back, and all works on", async () => {
  const { after, before, sum } = await runAlone(async ({ releaseIdleMemory }: typeof Module) => {
    const resident = () =>
      Number(/^Rss: +(\d+) kB/m.exec(Deno.readTextFileSync("/proc/self/smaps_rollup"))![1]);
    const before = resident();
    await releaseIdleMemory();
    const after = resident();
    const bytes = new TextEncoder().encode("works on");
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return { before, after, sum: digest.reduce((one, other) => one + other) };
  }, { module: import.meta.resolve("./idle_memory.ts"), args: [] as const });
  assert.ok(after <= before * 0.7, `${before} kB, then ${after} kB`);
  assert.equal(sum, 3413);
});
