import assert from "node:assert/strict";
import { Signal } from "../ffi/mod.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine"] });

/** Linux 6.15: before, the kernel does not tell how a process ended that it has waited for itself. */
const tellsExits = (([major = 0, minor = 0]) => major > 6 || major === 6 && minor >= 15)(
  Deno.osRelease().split(".").map(Number),
);

/** Waits until a process is stopped, as SIGSTOP makes it a moment later. */
async function isStopped(pid: number): Promise<void> {
  await waitUntil("the client to stop", async () => {
    return /^State:\tT/m.test(await Deno.readTextFile(`/proc/${pid}/status`));
  });
}

Deno.test({
  name: "a stopped exec does not hold up the end of its container",
  ignore: !tellsExits,
  fn: async () => {
    const { tsd } = shared;
    await tsd.run(["run", "-d", "--name", "stopped-exec", shared.image("alpine"), "sleep", "100"]);
    const client = tsd.spawn(["exec", "stopped-exec", "sh", "-c", "echo ready; sleep 100"]);
    await client.waitFor(/ready/);
    // The command may have been quicker than what its client does after starting it.
    await waitUntil("the client to leave its children to the kernel", async () => {
      const status = await Deno.readTextFile(`/proc/${client.child.pid}/status`);
      const [, ignored = "0"] = /^SigIgn:\t(\w+)/m.exec(status) ?? [];
      return (BigInt(`0x${ignored}`) >> BigInt(Signal.SIGCHLD - 1) & 1n) === 1n;
    });
    client.kill("SIGSTOP");
    await isStopped(client.child.pid);
    await tsd.run(["rm", "-f", "stopped-exec"], { timeoutMs: 15_000 });
    client.kill("SIGCONT");
    assert.equal((await client.finish()).code, 137);
  },
});

Deno.test("exec tells the exit code, and the signal, of short and of long commands", async () => {
  const { tsd } = shared;
  await tsd.run(["run", "-d", "--name", "codes", shared.image("alpine"), "sleep", "100"]);
  for (const wait of ["", "sleep 0.3; "]) {
    const exec = (script: string, expect: number) =>
      tsd.run(["exec", "codes", "sh", "-c", `${wait}${script}`], { expect });
    await exec("exit 7", 7);
    await exec("kill -9 $$", 137);
    await exec("true", 0);
  }
  await tsd.run(["rm", "-f", "codes"]);
});

Deno.test("a stopped client of a flood does not hold up the end of its container", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const client = tsd.spawn(["run", "--name", "stopped-run", image, "sh", "-c", "echo ready; yes"]);
  await client.waitFor(/ready/);
  client.kill("SIGSTOP");
  await isStopped(client.child.pid);
  await tsd.run(["stop", "-t", "0", "stopped-run"], { timeoutMs: 15_000 });
  const { stdout } = await tsd.run(["wait", "stopped-run"]);
  assert.equal(stdout, "137\n");
  await tsd.run(["rm", "stopped-run"]);
  client.kill("SIGCONT");
  assert.equal((await client.finish()).code, 137);
});

Deno.test("a signal gets to a command that does not read its input", async () => {
  const { tsd } = shared;
  const script = "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done";
  const args = ["run", "--rm", "-i", shared.image("alpine"), "sh", "-c", script];
  const client = tsd.spawn(args);
  await client.waitFor(/ready/);
  // More than pipes, sockets and the window of input hold together.
  client.write("x".repeat(4 << 20));
  client.kill("SIGTERM");
  assert.equal((await client.finish()).code, 9);
});
