import assert from "node:assert/strict";
import {
  type CallReport,
  close,
  createSealedExecutable,
  encodeProgram,
  type ExitStatus,
  kill,
  pidfdOpen,
  pipe,
  read,
  reap,
  REPORT_SIZE,
  Signal,
  spawn,
  waitFor,
} from "../../../ffi/mod.ts";
import { BARE_INIT_NAME, dismissWitness, endWitness, exitCode } from "../../container/mod.ts";
import { identifyProcess, isAlive, readProcessStat, zombieStatus } from "../../process/mod.ts";
import { trace } from "../../../tests/harness/tracer.ts";
import { RunningLoop } from "./_running_loop_fixture.ts";
import { awaitExit } from "./exit_watch.ts";

const shell = (script: string) =>
  spawn({ path: "/bin/sh", args: ["sh", "-c", script], env: {}, fds: {} });

Deno.test("exitCode() is the command's, 128 and a signal's number, or 255", () => {
  const cases: [status: ExitStatus | undefined, code: number][] = [
    [{ kind: "exited", code: 0 }, 0],
    [{ kind: "exited", code: 255 }, 255],
    [{ kind: "signaled", signal: 9 }, 137],
    [undefined, 255],
  ];
  for (const [status, code] of cases) assert.equal(exitCode(status), code);
});

Deno.test("awaitExit() waits for a child and takes its status", async () => {
  await using running = new RunningLoop();
  const pid = shell("exit 42");
  const pidfd = pidfdOpen(pid);
  assert.deepEqual(await awaitExit(running.loop, pid, pidfd), { kind: "exited", code: 42 });
  assert.throws(() => reap(pid), { syscall: "waitpid" });
  close(pidfd);
});

Deno.test("awaitExit() tells by which signal a child was killed", async () => {
  await using running = new RunningLoop();
  const pid = shell("sleep 60");
  const pidfd = pidfdOpen(pid);
  const exit = awaitExit(running.loop, pid, pidfd);
  kill(pid, 15);
  assert.deepEqual(await exit, { kind: "signaled", signal: 15 });
  close(pidfd);
});

/** Waits until a process that has ended was waited for. */
async function untilReaped({ loop }: RunningLoop, pid: number, pidfd: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => void (readProcessStat(pid) === undefined && resolve());
  loop.watch(pidfd, { readable: look, onChange: true });
  await promise;
  loop.unwatch(pidfd);
}

for (const [how, letGo] of [["has looked", "look"], ["is gone", "end"]] as const) {
  Deno.test(`awaitExit() waits for a traced child once its tracer ${how}`, async () => {
    await using running = new RunningLoop();
    const pid = shell("exec sleep 60");
    const pidfd = pidfdOpen(pid);
    const { start } = identifyProcess(pid)!;
    const tracer = trace(pid);
    const exit = awaitExit(running.loop, pid, pidfd, start);
    kill(pid, Signal.SIGKILL);
    // How it ended, the kernel tells before it can be waited for.
    assert.deepEqual(await exit, { kind: "signaled", signal: Signal.SIGKILL });
    assert.equal(readProcessStat(pid)?.state, "Z");
    assert.equal(reap(pid), undefined);
    tracer[letGo]();
    await untilReaped(running, pid, pidfd);
    assert.throws(() => reap(pid), { syscall: "waitpid" });
    if (letGo !== "end") tracer.end();
    close(pidfd);
  });

  Deno.test(`awaitExit() of a program waits until its tracer ${how}`, async () => {
    await using running = new RunningLoop();
    const pid = shell("exec sleep 60");
    const pidfd = pidfdOpen(pid);
    const tracer = trace(pid);
    let isTold = false;
    const exit = awaitExit(running.loop, pid, pidfd).finally(() => isTold = true);
    kill(pid, Signal.SIGKILL);
    // Another one, whose end comes later, is told of meanwhile.
    const other = shell("exit 3");
    const otherPidfd = pidfdOpen(other);
    while (readProcessStat(pid)?.state !== "Z");
    assert.deepEqual(await awaitExit(running.loop, other, otherPidfd), { kind: "exited", code: 3 });
    assert.equal(isTold, false);
    tracer[letGo]();
    assert.deepEqual(await exit, { kind: "signaled", signal: Signal.SIGKILL });
    if (letGo !== "end") tracer.end();
    [pidfd, otherPidfd].forEach(close);
  });
}

Deno.test("awaitExit() asks again only when something has changed", async () => {
  await using running = new RunningLoop();
  const pid = shell("exec sleep 60");
  const pidfd = pidfdOpen(pid);
  const tracer = trace(pid);
  const exit = awaitExit(running.loop, pid, pidfd);
  const { readable } = running.loop.watcher(pidfd);
  let asked = 0;
  running.loop.watch(pidfd, { readable: () => (asked++, readable!()), onChange: true });
  kill(pid, Signal.SIGKILL);
  while (readProcessStat(pid)?.state !== "Z");
  // A hundred rounds of the loop go by.
  for (let round = 0; round < 100; round++) {
    const ends = running.pipe();
    const { promise, resolve } = Promise.withResolvers<void>();
    running.loop.watch(ends.read, { readable: resolve });
    running.close(ends.write);
    await promise;
    running.loop.unwatch(ends.read);
    running.close(ends.read);
  }
  assert.ok(asked <= 2, `asked ${asked} times`);
  tracer.end();
  assert.deepEqual(await exit, { kind: "signaled", signal: Signal.SIGKILL });
  close(pidfd);
});

Deno.test("awaitExit() learns the status of a process that is not a child", async () => {
  await using running = new RunningLoop();
  // A grandchild: the shell between us is its parent, and waits for it.
  const child = new Deno.Command("sh", {
    args: ["-c", "exec 4<&0; (trap 'exit 7' TERM; echo ready; read line <&4) & echo $!; wait"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!(text.includes("ready") && /\d+\n/.test(text))) text += (await reader.read()).value;
  const pid = Number(/\d+/.exec(text)![0]);
  const pidfd = pidfdOpen(pid);
  const exit = awaitExit(running.loop, pid, pidfd, readProcessStat(pid)!.start);
  kill(pid, 15);
  const status = await exit;
  // Before Linux 6.15, and where its parent was faster than we were, nobody can tell.
  if (status !== undefined) assert.deepEqual(status, { kind: "exited", code: 7 });
  await reader.cancel();
  await child.stdin.close();
  await child.status;
  close(pidfd);
});

/** Starts a program that makes a copy of itself and stays; the copy ends at the end of its input. */
function startWitness(name: string): { witness: number; child: number; end(): void } {
  const [input, report] = [pipe(), pipe()];
  const { bytes, readReport } = encodeProgram({
    before: [],
    fork: { name: "clone", args: [Signal.SIGCHLD] },
    parent: [{ name: "close_range", args: [0, 0xffffffff, 0] }, { name: "ppoll", args: [0, 0] }],
    child: [
      { name: "read", args: [0, new Uint8Array(8), 1] },
      { name: "exit_group", args: [7] },
    ],
  }, 3);
  const executable = createSealedExecutable(name, bytes);
  const path = `/proc/self/fd/${executable}`;
  const witness = spawn({ path, args: [name], env: {}, fds: { 0: input.read, 3: report.write } });
  const buffer = new Uint8Array(REPORT_SIZE);
  assert.equal(read(report.read, buffer), REPORT_SIZE);
  const { pid } = readReport(new DataView(buffer.buffer)) as CallReport & { kind: "forked" };
  [executable, input.read, report.read, report.write].forEach(close);
  return { witness, child: pid, end: () => close(input.write) };
}

Deno.test("awaitExit() learns from a witness' child, for as long as the witness is there", async () => {
  await using running = new RunningLoop();
  const { child, end, witness } = startWitness(BARE_INIT_NAME);
  const identity = identifyProcess(child)!;
  assert.equal(readProcessStat(child)?.parent, witness);
  dismissWitness(identity);
  assert.ok(isAlive(identity), "a process that runs keeps its witness");
  const pidfd = pidfdOpen(child);
  const exit = awaitExit(running.loop, child, pidfd, identity.start);
  end();
  assert.deepEqual(await exit, { kind: "exited", code: 7 });
  // Another supervisor may ask again, on any kernel.
  assert.deepEqual(zombieStatus(identity), { kind: "exited", code: 7 });
  assert.ok(!isAlive(identity));
  dismissWitness(identity);
  assert.throws(() => reap(witness), { syscall: "waitpid" });
  close(pidfd);
});

Deno.test("endWitness() leaves alone what is no witness", () => {
  const { end, witness } = startWitness("other");
  endWitness(witness);
  assert.equal(reap(witness), undefined);
  end();
  kill(witness, Signal.SIGKILL);
  assert.deepEqual(waitFor(witness), { kind: "signaled", signal: Signal.SIGKILL });
  endWitness(witness);
});
