import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { backgroundContainers } from "../harness/background.ts";
import { firstProcess } from "../harness/host_process.ts";
import { startSleeper } from "../harness/reused_pid.ts";
import { suite } from "../harness/suite.ts";
import { supervisorOf } from "../harness/supervisor.ts";
import { waitUntil } from "../harness/wait_until.ts";
import { readProcessStat } from "../../lib/process/mod.ts";
import { Folder } from "./_hostile_root.ts";

const shared = suite({ pull: ["alpine"] });
const { background, state } = backgroundContainers(shared);

/**
 * Has a container's pid be that of a process of the host, as it is once the container's has ended and
 * the kernel has come around: between the end and its being recorded, the record says what it said.
 */
async function reused(name: string): Promise<AsyncDisposable> {
  const { tsd } = shared;
  const stranger = startSleeper();
  const own = await firstProcess(tsd, name);
  const write = (pid: number) => {
    using database = new DatabaseSync(`${tsd.root}/state.db`);
    database.exec("PRAGMA busy_timeout = 10000");
    const update = database.prepare("UPDATE containers SET pid = ? WHERE name = ?");
    assert.equal(update.run(pid, name).changes, 1);
  };
  write(stranger.pid);
  return {
    [Symbol.asyncDispose]: () => {
      write(own);
      stranger[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

Deno.test("PID reuse: cp reads and writes nothing of who has a container's pid by now", async () => {
  const { tsd } = shared;
  await using _container = await background("reused-cp", [], "sleep", "1000");
  await using folder = new Folder();
  await Deno.writeTextFile(`${folder.path}/secret`, "the host's");
  await Deno.writeTextFile(`${folder.path}/file`, "the container's");
  await using _pid = await reused("reused-cp");
  const isRefused = async (...args: string[]) => {
    const { stderr } = await tsd.run(["cp", ...args], { expect: 1 });
    assert.match(stderr, /^tsd: Cannot copy files of container reused-cp: it has just ended/);
  };
  await isRefused(`${folder.path}/file`, `reused-cp:${folder.path}/written`);
  await assert.rejects(Deno.lstat(`${folder.path}/written`), Deno.errors.NotFound);
  await isRefused(`reused-cp:${folder.path}/secret`, `${folder.path}/read`);
  await assert.rejects(Deno.lstat(`${folder.path}/read`), Deno.errors.NotFound);
});

Deno.test("PID reuse: no container joins namespaces of who has another's pid by now", async () => {
  const { tsd } = shared;
  const lender = ["--ipc", "shareable"];
  await using _container = await background("reused-join", lender, "sleep", "1000");
  await using _pid = await reused("reused-join");
  for (const kind of ["network", "pid", "ipc"]) {
    const options = ["run", "--rm", `--${kind}`, "container:reused-join"];
    const args = [...options, shared.image("alpine"), "readlink", "/proc/self/ns/net"];
    const { stderr } = await tsd.run(args, { expect: 125 });
    assert.match(stderr, /cannot join namespace of a non running container: reused-join/, kind);
  }
});

Deno.test("PID reuse: network connect puts no interface where who has a container's pid is", async () => {
  const { tsd } = shared;
  await tsd.run(["network", "create", "reused"]);
  {
    const options = ["--network", "bridge"];
    await using _container = await background("reused-connect", options, "sleep", "1000");
    const before = await hostInterfaces();
    await using _pid = await reused("reused-connect");
    const { stderr } = await tsd.run(["network", "connect", "reused", "reused-connect"], {
      expect: 1,
    });
    assert.match(stderr, /^tsd: container reused-connect is not running any more/);
    const added = (await hostInterfaces()).filter((name) => !before.includes(name));
    assert.deepEqual(added.filter((name) => /^eth/.test(name)), []);
  }
  await tsd.run(["network", "rm", "reused"]);
});

Deno.test("PID reuse: exec and stats look at nothing of who has a container's pid by now", async () => {
  const { tsd } = shared;
  await using _container = await background("reused-exec", ["--network", "none"], "sleep", "1000");
  await using _pid = await reused("reused-exec");
  const { stderr } = await tsd.run(["exec", "reused-exec", "true"], { expect: 1 });
  assert.match(stderr, /container [0-9a-f]+ is not running/);
  const args = ["stats", "--no-stream", "--format", "{{.NetIO}}", "reused-exec"];
  assert.equal((await tsd.run(args)).stdout, "0B / 0B\n");
});

Deno.test("PID reuse: a supervisor adopts and signals nobody who has a container's pid by now", async () => {
  const { tsd } = shared;
  await using _container = await background("reused-adopt", [], "sleep", "1000");
  const own = await firstProcess(tsd, "reused-adopt");
  {
    await using _pid = await reused("reused-adopt");
    Deno.kill(await supervisorOf(tsd), "SIGKILL");
    assert.equal(await state("reused-adopt"), "exited");
    // The stranger lives, and is ended by the end of this block.
  }
  // What was the container's command in truth is ended with its cgroup.
  await waitUntil(
    "the end of its command",
    () => /^[ZX]?$/.test(readProcessStat(own)?.state ?? ""),
  );
});

async function hostInterfaces(): Promise<string[]> {
  return await Array.fromAsync(Deno.readDir("/sys/class/net"), ({ name }) => name);
}
