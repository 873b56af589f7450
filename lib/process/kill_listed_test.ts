import assert from "node:assert/strict";
import { reap } from "../../ffi/mod.ts";
import { startSleeper, startSleeperAs } from "../../tests/harness/reused_pid.ts";
import { killListed } from "./kill_listed.ts";
import { readProcessStat } from "./identity.ts";

Deno.test("killListed() kills what is listed, however much that is", () => {
  const sleepers = Array.from({ length: 300 }, startSleeper);
  const isThere = ({ pid }: { pid: number }) => readProcessStat(pid)?.state !== "Z";
  assert.equal(killListed(() => sleepers.filter(isThere).map(({ pid }) => pid)), 300);
  for (const sleeper of sleepers) {
    while (isThere(sleeper));
    sleeper.end();
  }
  assert.equal(killListed(() => []), 0);
});

Deno.test("killListed() leaves alone who was given the pid of a process that was listed", () => {
  using listed = startSleeper();
  let stranger: Disposable & { pid: number } | undefined;
  // It ends, and its pid is given to somebody else, after the list was read.
  const pids = new class extends Array<number> {
    override slice(): number[] {
      listed.end();
      stranger = startSleeperAs(listed.pid);
      return [listed.pid];
    }
  }();
  pids.push(listed.pid);
  let reads = 0;
  assert.equal(killListed(() => reads++ === 0 ? pids : []), 1);
  assert.equal(stranger!.pid, listed.pid);
  assert.equal(reap(stranger!.pid), undefined, "it runs");
  assert.match(readProcessStat(stranger!.pid)!.state, /^[RSD]$/);
  stranger![Symbol.dispose]();
});
