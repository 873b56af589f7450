import assert from "node:assert/strict";
import { kill, reap, spawn, write } from "../../../ffi/mod.ts";
import { waitUntil } from "../../../tests/harness/wait_until.ts";
import { identifyProcess } from "../../process/mod.ts";
import { RunningLoop } from "./_running_loop_fixture.ts";
import { ExecHeir } from "./exec_heir.ts";

const CHUNK = new Uint8Array(64 << 10);

/** A process that holds the end of a pipe to read from, as its descriptor 0. */
function holder(pipe: { read: number }): number {
  return spawn({ path: "/bin/sleep", args: ["sleep", "60"], env: {}, fds: { 0: pipe.read } });
}

Deno.test("ExecHeir reads what a client does not read any more, and nothing before", async () => {
  await using running = new RunningLoop();
  const pipe = running.pipe();
  const pid = holder(pipe);
  const heir = new ExecHeir(running.loop, { process: identifyProcess(pid)!, outputs: [0] });
  running.close(pipe.read);
  assert.equal(write(pipe.write, CHUNK), CHUNK.length);
  assert.equal(write(pipe.write, CHUNK), undefined);
  kill(pid, 9);
  await heir.clientEnded;
  await waitUntil("the pipe to be read", () => write(pipe.write, CHUNK) === CHUNK.length);
  heir.leave();
  assert.throws(() => write(pipe.write, CHUNK), { syscall: "write" });
  reap(pid);
});

Deno.test("ExecHeir of a client that is gone, or has closed its pipes, has nothing", async () => {
  await using running = new RunningLoop();
  const pipe = running.pipe();
  const pid = holder(pipe);
  const process = identifyProcess(pid)!;
  running.close(pipe.read);
  const heir = new ExecHeir(running.loop, { process, outputs: [1, 99] });
  kill(pid, 9);
  await heir.clientEnded;
  reap(pid);
  assert.throws(() => write(pipe.write, CHUNK), { syscall: "write" });
  await new ExecHeir(running.loop, { process, outputs: [0] }).clientEnded;
});
