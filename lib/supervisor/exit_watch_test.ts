import assert from "node:assert/strict";
import { close, type ExitStatus, kill, pidfdOpen, reap, spawn } from "../../ffi/mod.ts";
import { readProcessStat } from "../container/mod.ts";
import { RunningLoop } from "./_running_loop_fixture.ts";
import { awaitExit, exitCode } from "./exit_watch.ts";

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
