import assert from "node:assert/strict";
import { Engine } from "../lib/mod.ts";
import { suite } from "./harness/suite.ts";
import { Terminal } from "./harness/terminal.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine"] });

/** Starts a container that lives on, and removes it at the end of the block. */
async function background(
  name: string,
  args: string[],
  ...command: string[]
): Promise<{ id: string } & AsyncDisposable> {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const { stdout } = await tsd.run(["run", "-d", "--name", name, ...args, image, ...command]);
  return {
    id: stdout.trim(),
    [Symbol.asyncDispose]: async () => {
      await tsd.run(["rm", "-f", name]);
    },
  };
}

async function state(name: string, field = "Status"): Promise<string> {
  const { stdout } = await shared.tsd.run(["inspect", "-f", `{{.State.${field}}}`, name]);
  return stdout.trim();
}

/** A command that can be asked to end. */
const OBEDIENT = ["sh", "-c", "trap 'exit 5' TERM; while :; do sleep 0.05; done"];

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
  await tsd.run(["exec", "lifecycle-up", "touch", "/go"]);
  const { code, stdout } = await attached.finish();
  assert.deepEqual([code, stdout], [6, "last\n"]);
  await tsd.run(["rm", "lifecycle-up"]);
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

Deno.test("on-failure:N starts a failing command again, N times", async () => {
  const { tsd } = shared;
  const script = "echo >> /x; test $(wc -l < /x) -ge 9 && exit 0; exit 3";
  await using _container = await background(
    "lifecycle-retry",
    ["--restart", "on-failure:2"],
    "sh",
    "-c",
    script,
  );
  await waitUntil(
    "the end of the retries",
    async () => await state("lifecycle-retry") === "exited",
  );
  const { stdout } = await tsd.run(["inspect", "-f", "{{.RestartCount}}", "lifecycle-retry"]);
  assert.equal(stdout, "2\n");
  assert.equal(await state("lifecycle-retry", "ExitCode"), "3");
});

Deno.test("always starts a command again, not after stop; boot starts it after that", async () => {
  const { tsd } = shared;
  await using _container = await background(
    "lifecycle-always",
    ["--restart", "always"],
    ...OBEDIENT,
  );
  const before = await state("lifecycle-always", "Pid");
  Deno.kill(Number(before), "SIGKILL");
  await waitUntil("another pid", async () => {
    const now = await state("lifecycle-always", "Pid");
    return now !== "0" && now !== before;
  });
  await tsd.run(["stop", "lifecycle-always"]);
  assert.equal(await state("lifecycle-always"), "exited");
  assert.equal((await tsd.run(["system", "boot"])).stdout, "lifecycle-always\n");
  assert.equal(await state("lifecycle-always"), "running");
});

Deno.test("a supervisor that is killed is replaced: exit codes and restarts go on", async () => {
  const { tsd } = shared;
  await using _one = await background(
    "lifecycle-adopted",
    [],
    "sh",
    "-c",
    "while [ ! -e /end ]; do sleep 0.05; done; exit 9",
  );
  await using _two = await background("lifecycle-again", ["--restart", "always"], "sleep", "100");
  const { stdout: pid } = await tsd.run(["system", "supervisor", "--format", "{{.PID}}"]);
  const ofOne = await state("lifecycle-adopted", "Pid");
  const ofTwo = await state("lifecycle-again", "Pid");
  Deno.kill(Number(pid), "SIGKILL");
  // Also ends while nobody looks.
  Deno.kill(Number(ofTwo), "SIGKILL");
  assert.equal(await state("lifecycle-adopted", "Pid"), ofOne);
  await waitUntil("a restart by the new supervisor", async () => {
    const now = await state("lifecycle-again", "Pid");
    return now !== "0" && now !== ofTwo;
  });
  await Deno.writeTextFile(`/proc/${ofOne}/root/end`, "");
  assert.equal((await tsd.run(["wait", "lifecycle-adopted"])).stdout, "9\n");
});

Deno.test("attach shows the output from then on, to several at once", async () => {
  const { tsd } = shared;
  const script = "n=0; while [ ! -e /end ]; do n=$((n+1)); echo line $n; sleep 0.02; done; exit 4";
  await using _container = await background("lifecycle-attach", [], "sh", "-c", script);
  const clients = [1, 2].map(() => tsd.spawn(["attach", "lifecycle-attach"]));
  for (const client of clients) await client.waitFor(/line \d+\nline \d+/);
  await Deno.writeTextFile(`/proc/${await state("lifecycle-attach", "Pid")}/root/end`, "");
  for (const client of clients) assert.equal((await client.finish()).code, 4);
  const late = await tsd.run(["attach", "lifecycle-attach"], { expect: 1 });
  assert.match(late.stderr, /cannot attach to a stopped container, start it first/);
});

Deno.test("the detach keys leave a shell running, and attach comes back to it", async () => {
  const { tsd } = shared;
  await using terminal = await Terminal.open(tsd);
  await terminal.type(`tsd run -it --name lifecycle-shell ${shared.image("alpine")} sh`);
  await terminal.waitFor(/\/ # $/);
  await terminal.type("there=yes");
  await terminal.waitFor(/there=yes\n\/ # $/);
  await terminal.press("C-p");
  await terminal.press("C-q");
  await terminal.waitFor(/host\$ $/);
  assert.equal(await state("lifecycle-shell"), "running");
  await terminal.type("clear; tsd attach lifecycle-shell");
  // Without a key pressed: the shell is told to draw its prompt again.
  await terminal.waitFor(/^\/ # $/);
  await terminal.type("echo still $there");
  await terminal.waitFor(/still yes\n\/ # $/);
  await terminal.press("C-p");
  await terminal.press("C-q");
  await terminal.waitFor(/host\$ $/);
  await terminal.type("clear; tsd attach --sig-proxy=false lifecycle-shell");
  await terminal.waitFor(/^\/ # $/);
  await terminal.resize({ columns: 87, rows: 23 });
  await terminal.type("until stty size | grep '23 87'; do sleep 0.1; done");
  await terminal.waitFor(/\n23 87\n\/ # $/);
  await terminal.type("exit 6");
  await terminal.waitFor(/host\$ $/);
  assert.equal(await state("lifecycle-shell", "ExitCode"), "6");
  await tsd.run(["rm", "lifecycle-shell"]);
});

Deno.test("the end of an attachment's input leaves a detached container's open", async () => {
  const { tsd } = shared;
  await using _container = await background("lifecycle-input", ["-i"], "cat");
  for (const text of ["one\n", "two\n"]) {
    const client = tsd.spawn(["attach", "lifecycle-input"]);
    client.write(text);
    client.closeStdin();
    await client.waitFor(new RegExp(`${text}$`));
    client.kill("SIGKILL");
    await client.finish();
  }
  assert.equal(await state("lifecycle-input"), "running");
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
  const path = `${tsd.root}/containers/${container.id}/${container.id}-json.log`;
  const lines = (await Deno.readTextFile(path)).trimEnd().split("\n")
    .map((line) => JSON.parse(line));
  const stdout = lines.filter(({ stream }) => stream === "stdout").map(({ log }) => log);
  const stderr = lines.filter(({ stream }) => stream === "stderr").map(({ log }) => log);
  assert.deepEqual(stdout, ["out\n", "unfinished"]);
  assert.deepEqual(stderr, ["err\n"]);
});

Deno.test("update changes the restart policy of a running container", async () => {
  const { tsd } = shared;
  await using _container = await background("lifecycle-update", [], ...OBEDIENT);
  await tsd.run(["update", "--restart", "always", "lifecycle-update"]);
  const before = await state("lifecycle-update", "Pid");
  Deno.kill(Number(before), "SIGKILL");
  await waitUntil("another pid", async () => {
    const now = await state("lifecycle-update", "Pid");
    return now !== "0" && now !== before;
  });
  const bad = await tsd.run(["update", "--restart", "now", "lifecycle-update"], { expect: 1 });
  assert.match(bad.stderr, /invalid restart policy: unknown policy 'now'/);
  const nothing = await tsd.run(["update", "lifecycle-update"], { expect: 1 });
  assert.equal(nothing.stderr, "tsd: you must provide one or more flags when using this command\n");
});

Deno.test("health checks make a container unhealthy and healthy, and tell", async () => {
  const { tsd } = shared;
  const args = ["--health-cmd", "echo seen; test -e /well", "--health-interval", "200ms"];
  await using _container = await background(
    "lifecycle-health",
    [...args, "--health-retries", "2"],
    "sleep",
    "100",
  );
  assert.equal(await state("lifecycle-health", "Health.Status"), "starting");
  const becomes = (status: string) =>
    waitUntil(status, async () => await state("lifecycle-health", "Health.Status") === status);
  await becomes("unhealthy");
  const { stdout } = await tsd.run(["ps", "--format", "{{.Names}} {{.Health}}"]);
  assert.match(stdout, /^lifecycle-health unhealthy$/m);
  await tsd.run(["exec", "lifecycle-health", "touch", "/well"]);
  await becomes("healthy");
  const json = await tsd.run(["inspect", "-f", "{{json .State.Health.Log}}", "lifecycle-health"]);
  const log = JSON.parse(json.stdout) as { ExitCode: number; Output: string }[];
  assert.ok(log.length <= 5);
  assert.deepEqual({ ExitCode: log.at(-1)!.ExitCode, Output: log.at(-1)!.Output }, {
    ExitCode: 0,
    Output: "seen\n",
  });
});

Deno.test("a health check that takes too long is ended, whatever it ignores or leaves behind", async () => {
  const checks = ["trap '' TERM; while :; do sleep 0.1; done", "sleep 777 & echo done"];
  for (const check of checks) {
    const args = ["--health-cmd", check, "--health-interval", "100ms"];
    await using _container = await background(
      "lifecycle-late",
      [...args, "--health-timeout", "500ms", "--health-retries", "1"],
      ...["sleep", "100"],
    );
    await waitUntil(`"${check}" to fail`, async () => {
      return await state("lifecycle-late", "Health.Status") === "unhealthy";
    });
    const log = await shared.tsd.run([
      ...["inspect", "-f", "{{json (index .State.Health.Log 0)}}", "lifecycle-late"],
    ]);
    const { ExitCode, Output } = JSON.parse(log.stdout) as { ExitCode: number; Output: string };
    assert.deepEqual([ExitCode, Output], [-1, "Health check exceeded timeout (0.5s)"]);
    const { stdout } = await shared.tsd.run(["top", "lifecycle-late", "-eo", "pid,args"]);
    assert.ok((stdout.match(/trap/g) ?? []).length <= 1, stdout);
  }
});

Deno.test("--pid, --ipc, --uts and --cgroupns share what they name, and only that", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  await using other = await background(
    "lifecycle-other",
    ["--ipc", "shareable"],
    "sh",
    "-c",
    "echo > /dev/shm/mark; sleep 100",
  );
  const pid = await state("lifecycle-other", "Pid");
  const links = async (of: string) =>
    Object.fromEntries(
      await Promise.all(["pid", "ipc", "uts", "cgroup", "mnt"].map(async (kind) => [
        kind,
        await Deno.readLink(`/proc/${of}/ns/${kind}`),
      ])),
    ) as Record<string, string>;
  const inside = async (...args: string[]) => {
    const script = "for kind in pid ipc uts cgroup mnt; do readlink /proc/self/ns/$kind; done";
    const { stdout } = await tsd.run(["run", "--rm", ...args, image, "sh", "-c", script]);
    const [pid, ipc, uts, cgroup, mnt] = stdout.trim().split("\n");
    return { pid, ipc, uts, cgroup, mnt } as Record<string, string>;
  };
  const host = await links("self");
  const others = await links(pid);
  const same = (one: Record<string, string>, two: Record<string, string>) =>
    Object.keys(one).filter((kind) => one[kind] === two[kind]);
  assert.deepEqual(same(await inside(), host), []);
  const hosts = ["--pid", "host", "--ipc", "host", "--uts", "host", "--cgroupns", "host"];
  assert.deepEqual(same(await inside(...hosts), host), ["pid", "ipc", "uts", "cgroup"]);
  const joined = ["--pid", `container:${other.id}`, "--ipc", "container:lifecycle-other"];
  assert.deepEqual(same(await inside(...joined), others), ["pid", "ipc"]);
  const mark = await tsd.run(["run", "--rm", ...joined, image, "ls", "/dev/shm"]);
  assert.equal(mark.stdout, "mark\n");
});

Deno.test("the end of a command in the host's PID namespace is the end of all it started", async () => {
  const { tsd } = shared;
  const script =
    "sleep 7654321 & until grep -q 7654321 /proc/$!/cmdline; do sleep 0.01; done; exit 3";
  const args = ["run", "--rm", "--pid", "host", shared.image("alpine"), "sh", "-c", script];
  await tsd.run(args, { expect: 3 });
  const left =
    (await tsd.run(["run", "--rm", "--pid", "host", shared.image("alpine"), "ps"])).stdout;
  assert.doesNotMatch(left, /7654321/);
});

Deno.test("a namespace that cannot be joined is an error", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const run = (...args: string[]) =>
    tsd.run(["run", "--rm", ...args, image, "true"], { expect: 125 });
  assert.match((await run("--pid", "container:nobody")).stderr, /No such container: nobody/);
  assert.match((await run("--ipc", "strange")).stderr, /invalid IPC mode: strange/);
  assert.match((await run("--uts", "host", "-h", "name")).stderr, /conflicting options: hostname/);
  assert.equal((await tsd.run(["ps", "-aq"])).stdout, "");
  await using _container = await background("lifecycle-private", [], "sleep", "100");
  const { stderr } = await run("--ipc", "container:lifecycle-private");
  assert.match(stderr, /non-shareable IPC \(hint: use --ipc shareable for the donor container\)$/m);
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

Deno.test("no line of a log is lost or doubled when supervisors are killed in a flood", async () => {
  const { tsd } = shared;
  const script = "n=0; while [ ! -e /end ]; do n=$((n+1)); echo line $n; done; echo end $n";
  await using container = await background("lifecycle-flood", [], "sh", "-c", script);
  for (let kills = 0; kills < 6; kills++) {
    const { stdout } = await tsd.run(["system", "supervisor", "--format", "{{.PID}}"]);
    Deno.kill(Number(stdout), "SIGKILL");
    assert.equal(await state("lifecycle-flood"), "running");
  }
  await Deno.writeTextFile(`/proc/${await state("lifecycle-flood", "Pid")}/root/end`, "");
  await tsd.run(["wait", "lifecycle-flood"]);
  const path = `${tsd.root}/containers/${container.id}/${container.id}-json.log`;
  const lines = (await Deno.readTextFile(path)).trimEnd().split("\n")
    .map((line) => (JSON.parse(line) as { log: string }).log);
  const last = Number(/^end (\d+)\n$/.exec(lines.pop()!)?.[1]);
  assert.ok(last > 1000, `${last} lines`);
  assert.equal(lines.length, last);
  lines.forEach((line, index) => assert.equal(line, `line ${index + 1}\n`));
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
