import assert from "node:assert/strict";
import { Engine } from "../lib/mod.ts";
import { resolveRoots } from "../lib/state/mod.ts";
import { connectSupervisor } from "../lib/supervisor/front/client.ts";
import { decodeMessage } from "../lib/supervisor/protocol.ts";
import { backgroundContainers } from "./harness/background.ts";
import { letEnd } from "./harness/sleeper.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine"] });
const { background, state } = backgroundContainers(shared);

/** A command that can be asked to end. */
const OBEDIENT = ["sh", "-c", "trap 'exit 5' TERM; while :; do sleep 0.05; done"];

/** How often a container was started. */
async function starts(id: string): Promise<number> {
  const filters = ["--filter", `container=${id}`, "--filter", "event=start"];
  const times = ["--since", "1h", "--until", "0s"];
  const args = ["events", ...times, ...filters, "--format", "{{.Action}}"];
  return (await shared.tsd.run(args)).stdout.split("\n").length - 1;
}

Deno.test("run -d prints the id and returns while the command runs", async () => {
  await using container = await background("lifecycle-detached", [], "sleep", "100");
  assert.match(container.id, /^[0-9a-f]{64}$/);
  assert.equal(await state("lifecycle-detached"), "running");
});

Deno.test("run -d of what cannot be executed fails as a foreground run does", async () => {
  const { tsd } = shared;
  const args = ["run", "-d", "--rm", shared.image("alpine"), "no-such-command"];
  const { stderr } = await tsd.run(args, { expect: 127 });
  assert.match(stderr, /executable file not found in \$PATH/);
  assert.equal((await tsd.run(["ps", "-aq"])).stdout, "");
});

Deno.test("create and start run a container later, with its files, again and again", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  await tsd.run(["create", "--name", "lifecycle-later", image, "sh", "-c", "echo run >> /runs"]);
  assert.equal(await state("lifecycle-later"), "created");
  for (let n = 0; n < 2; n++) {
    await tsd.run(["start", "lifecycle-later"]);
    await tsd.run(["wait", "lifecycle-later"]);
  }
  await tsd.run(["rm", "lifecycle-later"]);
  await tsd.run([
    "create",
    "--name",
    "lifecycle-later",
    image,
    "sh",
    "-c",
    "cat; echo >> /x; wc -l /x",
  ]);
  const first = await tsd.run(["start", "-a", "lifecycle-later"]);
  const second = await tsd.run(["start", "-a", "lifecycle-later"]);
  assert.equal(first.stdout + second.stdout, "1 /x\n2 /x\n");
  await tsd.run(["rm", "lifecycle-later"]);
});

Deno.test("stop asks first, then kills; the exit code tells", async () => {
  const { tsd } = shared;
  await using _obedient = await background("lifecycle-obedient", [], ...OBEDIENT);
  await using _stubborn = await background("lifecycle-stubborn", [], "sleep", "100");
  const both = await tsd.run(["stop", "-t", "1", "lifecycle-obedient", "lifecycle-stubborn"]);
  assert.equal(both.stdout, "lifecycle-obedient\nlifecycle-stubborn\n");
  assert.equal(await state("lifecycle-obedient", "ExitCode"), "5");
  assert.equal(await state("lifecycle-stubborn", "ExitCode"), "137");
  // One that is stopped is as it should be.
  await tsd.run(["stop", "lifecycle-stubborn"]);
});

Deno.test("several targets: all are tried, successes printed, failures make it 1", async () => {
  const { tsd } = shared;
  await using _container = await background("lifecycle-several", [], ...OBEDIENT);
  const { stderr, stdout } = await tsd.run(["stop", "nobody", "lifecycle-several"], { expect: 1 });
  assert.equal(stdout, "lifecycle-several\n");
  assert.match(stderr, /No such container: nobody/);
  const both = await tsd.run(["start", "-a", "nobody", "lifecycle-several"], { expect: 1 });
  assert.equal(both.stderr, "tsd: you cannot start and attach multiple containers at once\n");
});

Deno.test("several are stopped at once, and told of in the order in which they were named", async () => {
  const { tsd } = shared;
  const [first, second] = ["at-once-first", "at-once-second"];
  const wait = "trap 'until [ -e /shared/second ]; do sleep 0.05; done; exit 3' TERM";
  const tell = "trap '> /shared/second; exit 4' TERM";
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => void await tsd.run(["volume", "rm", "at-once"]));
  for (const [name, script] of [[first, wait], [second, tell]] as const) {
    const loop = `${script}; while :; do sleep 0.05; done`;
    stack.use(await background(name, ["-v", "at-once:/shared"], "sh", "-c", loop));
  }
  const { stdout, stderr } = await tsd.run(["stop", "-t", "20", first, "no-such", second], {
    expect: 1,
  });
  assert.equal(stdout, `${first}\n${second}\n`);
  assert.equal(stderr, "tsd: No such container: no-such\n");
  assert.deepEqual([await state(first, "ExitCode"), await state(second, "ExitCode")], ["3", "4"]);
});

Deno.test("kill sends the signal asked for", async () => {
  const { tsd } = shared;
  const script = "trap 'echo got usr1' USR1; echo ready; while :; do sleep 0.05; done";
  const client = tsd.spawn([
    "run",
    "--rm",
    "--name",
    "lifecycle-kill",
    shared.image("alpine"),
    "sh",
    "-c",
    script,
  ]);
  await client.waitFor(/ready/);
  await tsd.run(["kill", "-s", "USR1", "lifecycle-kill"]);
  await client.waitFor(/got usr1/);
  await tsd.run(["kill", "lifecycle-kill"]);
  assert.equal((await client.finish()).code, 137);
  const late = await tsd.run(["kill", "lifecycle-kill"], { expect: 1 });
  assert.match(late.stderr, /No such container: lifecycle-kill/);
});

Deno.test("kill is over when the container is", async () => {
  const { tsd } = shared;
  using engine = Engine.open({ root: tsd.root, run: tsd.runDir });
  for (let round = 0; round < 3; round++) {
    await using _container = await background("lifecycle-killed", [], "sleep", "100");
    // Nothing but the time that it takes to end lies between these two.
    await engine.containers.kill("lifecycle-killed");
    const { exitCode, status } = await engine.containers.find("lifecycle-killed");
    assert.deepEqual([status, exitCode], ["stopped", 137]);
  }
});

Deno.test("kill refuses what does not run, and what is no signal", async () => {
  const { tsd } = shared;
  await using _container = await background("lifecycle-refuse", [], "true");
  await tsd.run(["wait", "lifecycle-refuse"]);
  const stopped = await tsd.run(["kill", "lifecycle-refuse"], { expect: 1 });
  assert.match(stopped.stderr, /is not running/);
  const signal = await tsd.run(["kill", "-s", "NONSENSE", "lifecycle-refuse"], { expect: 1 });
  assert.match(signal.stderr, /invalid signal: NONSENSE/);
});

Deno.test("pause keeps the processes from running until unpause, and stop works on it", async () => {
  const { tsd } = shared;
  await using _container = await background("lifecycle-pause", [], ...OBEDIENT);
  await tsd.run(["pause", "lifecycle-pause"]);
  assert.equal(await state("lifecycle-pause"), "paused");
  const again = await tsd.run(["pause", "lifecycle-pause"], { expect: 1 });
  assert.match(again.stderr, /is already paused/);
  await tsd.run(["unpause", "lifecycle-pause"]);
  assert.equal(await state("lifecycle-pause"), "running");
  const running = await tsd.run(["unpause", "lifecycle-pause"], { expect: 1 });
  assert.match(running.stderr, /is not paused/);
  await tsd.run(["pause", "lifecycle-pause"]);
  await tsd.run(["stop", "lifecycle-pause"]);
  assert.equal(await state("lifecycle-pause", "ExitCode"), "5");
});

Deno.test("SIGKILL and the stop signal end a paused container", async () => {
  const { tsd } = shared;
  for (const [signal, code] of [["KILL", "137"], ["USR2", "140"]] as const) {
    const options = ["--init", "--stop-signal", "USR2"];
    await using _container = await background("lifecycle-frozen", options, "sleep", "100");
    await tsd.run(["pause", "lifecycle-frozen"]);
    await tsd.run(["kill", "-s", "HUP", "lifecycle-frozen"]);
    assert.equal(await state("lifecycle-frozen"), "paused");
    await tsd.run(["unpause", "lifecycle-frozen"]);
    await waitUntil("its end", async () => await state("lifecycle-frozen") === "exited");
    await tsd.run(["start", "lifecycle-frozen"]);
    await tsd.run(["pause", "lifecycle-frozen"]);
    await tsd.run(["kill", "-s", signal, "lifecycle-frozen"]);
    assert.equal((await tsd.run(["wait", "lifecycle-frozen"])).stdout, `${code}\n`);
  }
});

Deno.test("start of a container that runs is no error, and start -a attaches to it", async () => {
  const { tsd } = shared;
  const script = "echo first; until test -e /go; do sleep 0.05; done; echo last; exit 6";
  const created = ["create", "--name", "lifecycle-up", shared.image("alpine"), "sh", "-c", script];
  await tsd.run(created);
  const starts = Array.from({ length: 8 }, () => tsd.run(["start", "lifecycle-up"]));
  for (const { stdout } of await Promise.all(starts)) assert.equal(stdout, "lifecycle-up\n");
  await tsd.run(["pause", "lifecycle-up"]);
  for (const options of [[], ["-a"]]) {
    const { stderr } = await tsd.run(["start", ...options, "lifecycle-up"], { expect: 1 });
    assert.equal(stderr, "tsd: cannot start a paused container, try unpause instead\n");
  }
  await tsd.run(["unpause", "lifecycle-up"]);
  const attached = tsd.spawn(["start", "-a", "lifecycle-up"]);
  await waitUntil("somebody to be attached", async () => {
    const events = ["events", "--since", "1m", "--until", "0s", "--format", "{{.Action}}"];
    return /^attach$/m.test((await tsd.run([...events, "-f", "container=lifecycle-up"])).stdout);
  });
  await letEnd(tsd, "lifecycle-up", "/go");
  const { code, stdout } = await attached.finish();
  assert.deepEqual([code, stdout], [6, "last\n"]);
  await tsd.run(["rm", "lifecycle-up"]);
});

Deno.test("two starts that arrive together start a container once", async () => {
  const { tsd } = shared;
  const { stdout } = await tsd.run(["create", shared.image("alpine"), "sleep", "100"]);
  const id = stdout.trim();
  const roots = resolveRoots({ root: tsd.root, run: tsd.runDir });
  const connections = await Promise.all([connectSupervisor(roots), connectSupervisor(roots)]);
  const message = { kind: "start", id, attach: false, owner: false } as const;
  await Promise.all(connections.map((connection) => connection.send(message)));
  const answers = await Promise.all(connections.map(async (connection) => {
    const answer = decodeMessage((await connection.next())!);
    connection.close();
    return answer;
  }));
  // The second one is told that it was not it.
  assert.deepEqual(
    answers.toSorted((one, other) => Number("already" in one) - Number("already" in other)),
    [{ kind: "started" }, { kind: "started", already: true }],
  );
  assert.equal(await starts(id), 1);
  await tsd.run(["rm", "-f", id]);
});

Deno.test("two restarts that arrive as a container ends leave it running", async () => {
  const { tsd } = shared;
  await using container = await background("lifecycle-twice", [], "sleep", "100");
  const roots = resolveRoots({ root: tsd.root, run: tsd.runDir });
  for (let round = 0; round < 10; round++) {
    const pid = Number(await state("lifecycle-twice", "Pid"));
    const connections = await Promise.all([connectSupervisor(roots), connectSupervisor(roots)]);
    Deno.kill(pid, "SIGKILL");
    // The second one finds it running again, or has it run.
    const message = { kind: "restart", id: container.id, timeoutSeconds: 0 } as const;
    await Promise.all(connections.map((connection) => connection.send(message)));
    for (const connection of connections) {
      assert.equal(decodeMessage((await connection.next())!).kind, "started");
      connection.close();
    }
    await tsd.run(["exec", "lifecycle-twice", "true"]);
  }
});

Deno.test("restart keeps the files and starts anew; rename frees the name", async () => {
  const { tsd } = shared;
  await using _container = await background(
    "lifecycle-new",
    [],
    "sh",
    "-c",
    "echo >> /x; sleep 100",
  );
  await tsd.run(["rename", "lifecycle-new", "lifecycle-old"]);
  assert.match((await tsd.run(["ps"])).stdout, /lifecycle-old/);
  await tsd.run(["rename", "lifecycle-old", "lifecycle-new"]);
  const same = await tsd.run(["rename", "lifecycle-new", "lifecycle-new"], { expect: 1 });
  assert.match(same.stderr, /Renaming a container with the same name as its current name$/m);
  const bad = await tsd.run(["rename", "lifecycle-new", "_x"], { expect: 1 });
  assert.match(bad.stderr, /^tsd: Cannot rename container to "_x": Invalid container name/);
  const before = await state("lifecycle-new", "Pid");
  await tsd.run(["restart", "-t", "0", "lifecycle-new"]);
  assert.equal(await state("lifecycle-new"), "running");
  assert.notEqual(await state("lifecycle-new", "Pid"), before);
});

Deno.test("twenty rm -f of the same container all agree", async () => {
  const { tsd } = shared;
  await background("lifecycle-race", [], "sleep", "100");
  const runs = Array.from(
    { length: 20 },
    () => tsd.run(["rm", "-f", "lifecycle-race"], { expect: 0 }),
  );
  await Promise.all(runs);
  assert.equal((await tsd.run(["ps", "-aq"])).stdout, "");
});

Deno.test("the log of a container is in Docker's format, each line once", async () => {
  const { tsd } = shared;
  const script = "echo out; echo err >&2; printf unfinished";
  await using container = await background("lifecycle-log", [], "sh", "-c", script);
  await tsd.run(["wait", "lifecycle-log"]);
  const lines = (await Deno.readTextFile(container.log)).trimEnd().split("\n")
    .map((line) => JSON.parse(line));
  const stdout = lines.filter(({ stream }) => stream === "stdout").map(({ log }) => log);
  const stderr = lines.filter(({ stream }) => stream === "stderr").map(({ log }) => log);
  assert.deepEqual(stdout, ["out\n", "unfinished"]);
  assert.deepEqual(stderr, ["err\n"]);
});

Deno.test("logs -f goes on over a restart, and ends with the container", async () => {
  const { tsd } = shared;
  const script =
    "echo run $(cat /runs 2>/dev/null); echo more >> /runs; while :; do sleep 0.05; done";
  await using _container = await background("lifecycle-follow", [], "sh", "-c", script);
  const follower = tsd.spawn(["logs", "-f", "lifecycle-follow"]);
  await follower.waitFor(/^run\n/);
  await tsd.run(["restart", "-t", "0", "lifecycle-follow"]);
  await follower.waitFor(/run more\n/);
  await tsd.run(["stop", "-t", "0", "lifecycle-follow"]);
  assert.equal((await follower.finish()).code, 0);
});

Deno.test("restart of a container that was made with --rm keeps it", async () => {
  const { tsd } = shared;
  await using _container = await background("lifecycle-rm", ["--rm"], "sleep", "100");
  await tsd.run(["restart", "-t", "0", "lifecycle-rm"]);
  assert.equal(await state("lifecycle-rm"), "running");
});

Deno.test("a container with --rm keeps its files while it is there, through copies and restarts", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  await tsd.run(["create", "--rm", "--name", "volatile", image, "sleep", "1000"]);
  await Deno.writeTextFile(`${tsd.home}/copied`, "copied\n");
  await tsd.run(["cp", `${tsd.home}/copied`, "volatile:/copied"]);
  await tsd.run(["start", "volatile"]);
  await tsd.run(["exec", "volatile", "sh", "-c", "echo written > /written"]);
  await tsd.run(["restart", "-t", "0", "volatile"]);
  const { stdout } = await tsd.run(["exec", "volatile", "cat", "/copied", "/written"]);
  assert.equal(stdout, "copied\nwritten\n");
  const mounts = await tsd.run(["exec", "volatile", "cat", "/proc/mounts"]);
  assert.match(mounts.stdout, /^overlay \/ overlay \S*\bvolatile\b/m);
  await tsd.run(["stop", "-t", "0", "volatile"]);
  assert.equal((await tsd.run(["ps", "-aq"])).stdout, "");
  const kept = await tsd.run(["run", "--name", "durable", image, "cat", "/proc/mounts"]);
  assert.doesNotMatch(kept.stdout, /volatile/);
  await tsd.run(["rm", "durable"]);
});
