import assert from "node:assert/strict";
import { close, kill, OpenFlag, pidfdSendSignal, reap, Signal, spawn } from "../../ffi/mod.ts";
import { startSleeper, startSleeperAs } from "../../tests/harness/reused_pid.ts";
import { identifyProcess, readProcessStat } from "./identity.ts";
import { openProcess, ProcessGoneError } from "./process_handle.ts";

const isGone = { name: "ProcessGoneError", kind: "conflict" };

/** Clock ticks last 10 ms; two processes of one pid are told apart by theirs. */
function awaitNextTick(start: number): void {
  while (readProcessStat(Deno.pid) && uptimeTicks() <= start);
}

function uptimeTicks(): number {
  return Math.floor(Number(Deno.readTextFileSync("/proc/uptime").split(" ")[0]) * 100);
}

Deno.test("openProcess() opens what belongs to a process", () => {
  using sleeper = startSleeper();
  using process = openProcess(identifyProcess(sleeper.pid)!);
  assert.equal(process.readLink("ns/net"), Deno.readLinkSync("/proc/self/ns/net"));
  assert.match(process.readText("net/dev"), /^\s*lo:/m);
  process.writeText("oom_score_adj", "77");
  assert.equal(process.readText("oom_score_adj"), "77\n");
  for (const [path, flags] of [["ns/mnt", OpenFlag.RDONLY], ["root", OpenFlag.PATH]] as const) {
    close(process.open(path, flags));
  }
  const pidfd = process.openPidfd();
  pidfdSendSignal(pidfd, 0);
  close(pidfd);
  assert.ok(process.isAlive);
});

Deno.test("openProcess() tells what the kernel refuses of a process that is there", () => {
  using sleeper = startSleeper();
  using process = openProcess(identifyProcess(sleeper.pid)!);
  assert.throws(() => process.open("fd/77"), { name: "SyscallError", errno: 2 });
  assert.throws(() => process.readText("nothing"), Deno.errors.NotFound);
});

Deno.test("openProcess() refuses who was given the pid of a process that has ended", () => {
  using first = startSleeper();
  const identity = identifyProcess(first.pid)!;
  first.end();
  assert.throws(() => openProcess(identity), isGone);
  awaitNextTick(identity.start);
  using second = startSleeperAs(first.pid);
  assert.equal(second.pid, identity.pid);
  assert.throws(() => openProcess(identity), isGone);
  using _other = openProcess(identifyProcess(second.pid)!);
  assert.throws(() => openProcess({ ...identity, bootId: crypto.randomUUID() }), isGone);
});

Deno.test("a process's handle opens nothing of who was given its pid meanwhile", () => {
  using first = startSleeper();
  // The window between looking at a process and opening what is its, as wide as it can be.
  using process = openProcess(identifyProcess(first.pid)!);
  const kept = process.open("ns/net");
  first.end();
  using second = startSleeperAs(first.pid);
  assert.equal(second.pid, first.pid);
  assert.throws(() => process.open("root", OpenFlag.PATH), isGone);
  assert.throws(() => process.open("ns/net"), isGone);
  assert.throws(() => process.open("fd/1"), isGone);
  assert.throws(() => process.openPidfd(), isGone);
  assert.throws(() => process.readText("net/dev"), isGone);
  assert.throws(() => process.readText("status"), isGone);
  assert.throws(() => process.readLink("ns/mnt"), isGone);
  assert.throws(() => process.writeText("oom_score_adj", "99"), isGone);
  assert.equal(process.isAlive, false);
  assert.notEqual(Deno.readTextFileSync(`/proc/${second.pid}/oom_score_adj`), "99\n");
  close(kept);
});

Deno.test("openProcess() refuses a zombie, which has nothing any more", () => {
  const pid = spawn({ path: "/bin/sleep", args: ["sleep", "1000"], env: {}, fds: {} });
  const identity = identifyProcess(pid)!;
  {
    using process = openProcess(identity);
    kill(pid, Signal.SIGKILL);
    while (readProcessStat(pid)?.state !== "Z");
    for (const path of ["root", "ns/net", "ns/mnt", "cwd"]) {
      assert.throws(() => process.open(path, OpenFlag.PATH), isGone, path);
    }
    assert.throws(() => process.readText("net/dev"), isGone);
  }
  assert.throws(() => openProcess(identity), (error) => error instanceof ProcessGoneError);
  assert.deepEqual(reap(pid), { kind: "signaled", signal: Signal.SIGKILL });
});
