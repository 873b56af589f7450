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
} from "../../ffi/mod.ts";
import {
  BARE_INIT_NAME,
  dismissWitness,
  endWitness,
  exitCode,
  zombieStatus,
} from "../container/mod.ts";
import { identifyProcess, isAlive, readProcessStat } from "../process/mod.ts";
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
