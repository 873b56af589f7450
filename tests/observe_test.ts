import assert from "node:assert/strict";
import { backgroundContainers } from "./harness/background.ts";
import { suite } from "./harness/suite.ts";
import { Terminal } from "./harness/terminal.ts";

const shared = suite({ pull: ["alpine"], images: ["configured"] });
const { background } = backgroundContainers(shared);

async function lines(args: string[], expect = 0): Promise<string[]> {
  const { stdout } = await shared.tsd.run(args, { expect });
  return stdout.split("\n").slice(0, -1);
}

Deno.test("ps chooses, counts and formats", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  await using _up = await background("observe-up", ["--label", "tier=web"], "sleep", "100");
  await tsd.run(["run", "--name", "observe-down", image, "sh", "-c", "echo 12345 >/new; exit 3"], {
    expect: 3,
  });
  await tsd.run(["create", "--name", "observe-new", image, "true"]);
  const names = (...args: string[]) => lines(["ps", "--format", "{{.Names}}", ...args]);
  assert.deepEqual(await names(), ["observe-up"]);
  assert.deepEqual(await names("-a"), ["observe-new", "observe-down", "observe-up"]);
  assert.deepEqual(await names("-l"), ["observe-new"]);
  assert.deepEqual(await names("-n", "2"), ["observe-new", "observe-down"]);
  assert.deepEqual(await names("--filter", "status=exited"), ["observe-down"]);
  assert.deepEqual(await names("-a", "-f", "exited=3"), ["observe-down"]);
  assert.deepEqual(await names("-a", "-f", "label=tier=web"), ["observe-up"]);
  assert.deepEqual(await names("-a", "-f", "since=observe-up", "-n", "1"), ["observe-new"]);
  assert.deepEqual((await names("-a", "-f", `ancestor=${image}`)).length, 3);
  assert.deepEqual(await names("-a", "-f", "ancestor=other"), []);

  const [head = "", row = ""] = await lines(["ps", "-as", "-f", "name=down"]);
  assert.match(head, /^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES +SIZE$/);
  assert.match(row, /"sh -c 'echo 12345 >/);
  assert.match(row, /Exited \(3\) .* ago +observe-down +6B \(virtual \d.*B\)$/);

  const [pid = "", restarts] = (await lines(["ps", "--format", "{{.Pid}} {{.Restarts}}"]))[0]!
    .split(" ");
  assert.equal(await Deno.readTextFile(`/proc/${pid}/comm`), "sleep\n");
  assert.equal(restarts, "0");
  const json = JSON.parse((await lines(["ps", "--format", "json", "--no-trunc"]))[0]!);
  assert.deepEqual([json.State, json.Labels, json.ID.length], ["running", "tier=web", 64]);

  const wrong = await tsd.run(["ps", "--filter", "foo=1"], { expect: 1 });
  assert.match(wrong.stderr, /invalid filter 'foo'/);
  await tsd.run(["rm", "observe-down", "observe-new"]);
});

Deno.test("inspect describes any mix of containers and images", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const args = ["-v", "/tmp:/host:ro", "--tmpfs", "/scratch:size=1m", "--restart", "on-failure:3"];
  await using container = await background("observe-inspect", args, "sleep", "100");
  const mixed = await tsd.run(["inspect", "observe-inspect", image]);
  const [found, other] = JSON.parse(mixed.stdout);
  assert.equal(found.Id, container.id);
  assert.deepEqual(other.RepoTags, [image]);
  assert.equal(found.Image, other.Id);
  assert.deepEqual([found.State.Status, found.State.Running], ["running", true]);
  assert.deepEqual(found.HostConfig.RestartPolicy, { Name: "on-failure", MaximumRetryCount: 3 });
  assert.ok(found.HostConfig.MaskedPaths.includes("/proc/kcore"));
  assert.equal(found.Mounts[0].Source, "/tmp");
  assert.ok((await Deno.stat(found.LogPath)).isFile);

  const cases: [template: string, expected: string][] = [
    ["{{.State.Health}}", "<nil>"],
    ["{{.ExecIDs}} {{.Config.Volumes}}", "[] map[]"],
    ["{{with .State.Health}}{{.Status}}{{else}}none{{end}}", "none"],
    ["{{json .HostConfig.Tmpfs}}", '{"/scratch":"size=1m"}'],
    ["{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}", "none"],
    ["{{len .Config.ExposedPorts}}", "0"],
  ];
  for (const [template, expected] of cases) {
    assert.deepEqual(await lines(["inspect", "-f", template, "observe-inspect"]), [expected]);
  }
  const sizes = await lines(["inspect", "-s", "-f", "{{.SizeRw}} {{.SizeRootFs}}", container.id]);
  assert.match(sizes[0]!, /^0 \d{6,}$/);

  const failed = await tsd.run(["inspect", "-f", "{{.Name}}", "no-such", "observe-inspect"], {
    expect: 1,
  });
  assert.equal(failed.stdout, "/observe-inspect\n");
  assert.match(failed.stderr, /No such object: no-such/);
  const typed = await tsd.run(["inspect", "--type", "image", "observe-inspect"], { expect: 1 });
  assert.match(typed.stderr, /No such image: observe-inspect/);
  const unknown = await tsd.run(["inspect", "--type", "thing", "x"], { expect: 1 });
  assert.match(unknown.stderr, /unknown type: "thing": must be one of "container", "image"/);
});

Deno.test("top lists the container's processes with the host's ps", async () => {
  const { tsd } = shared;
  const ps = await new Deno.Command("ps", { args: ["-ef"], stdout: "null" }).output();
  // deno-lint-ignore no-console -- the reason belongs in the tests' output.
  if (!ps.success) return console.warn("skipped: ps does not work on this kernel");
  await using _it = await background("observe-top", [], "sh", "-c", "sleep 101 & sleep 102; wait");
  const rows = await lines(["top", "observe-top", "-o", "pid,args"]);
  assert.match(rows[0]!, /^PID {17}COMMAND$/);
  const commands = rows.slice(1).map((row) => row.replace(/^\d+ +/, ""));
  assert.deepEqual(commands.slice(1).sort(), ["sleep 101", "sleep 102"]);
  assert.match(commands[0]!, /^sh -c sleep 101/);
  assert.match((await lines(["container", "top", "observe-top"]))[0]!, /^UID +PID +PPID/);
  const bad = await tsd.run(["top", "observe-top", "-o", "comm"], { expect: 1 });
  assert.match(bad.stderr, /Couldn't find PID field in ps output/);
  await tsd.run(["kill", "observe-top"]);
  const down = await tsd.run(["top", "observe-top"], { expect: 1 });
  assert.match(down.stderr, /Container [0-9a-f]{64} is not running/);
});

Deno.test("stats counts processors, memory and processes", async () => {
  const { tsd } = shared;
  const script = "dd if=/dev/zero of=/dev/shm/x bs=1M count=20; while :; do :; done";
  await using _busy = await background("observe-busy", [], "sh", "-c", script);
  await using _idle = await background("observe-idle", [], "sleep", "100");
  await tsd.run(["create", "--name", "observe-off", shared.image("alpine"), "true"]);
  const table = await lines(["stats", "--no-stream", "observe-busy", "observe-off"]);
  assert.match(
    table[0]!,
    /^CONTAINER ID +NAME +CPU % +MEM USAGE \/ LIMIT +MEM % +NET I\/O +BLOCK I\/O +PIDS$/,
  );
  assert.match(table[2]!, / observe-off +0\.00% +0B \/ 0B +0\.00% +0B \/ 0B +0B \/ 0B +0$/);
  const rows = (await lines(["stats", "--no-stream", "--format", "json"]))
    .map((line) => JSON.parse(line));
  const [idle, busy] = ["observe-idle", "observe-busy"].map((name) =>
    rows.find((row) => row.Name === name)
  );
  assert.equal(rows.length, 2);
  assert.ok(Number.parseFloat(busy.CPUPerc) > 5, busy.CPUPerc);
  assert.ok(Number.parseFloat(idle.CPUPerc) < 5, idle.CPUPerc);
  const [, size] = /^([\d.]+)MiB \/ /.exec(busy.MemUsage) ?? [];
  assert.ok(Number(size) >= 20, busy.MemUsage);
  assert.match(idle.MemUsage, /^[\d.]+(KiB|MiB) \/ [\d.]+GiB$/);
  assert.equal(idle.PIDs, "1");
  const missing = await tsd.run(["stats", "--no-stream", "no-such"], { expect: 1 });
  assert.match(missing.stderr, /No such container: no-such/);
  await tsd.run(["rm", "observe-off"]);
});

Deno.test("stats on a terminal is redrawn in place", async () => {
  await using _it = await background("observe-live", [], "sleep", "100");
  await using terminal = await Terminal.open(shared.tsd, { columns: 120, rows: 12 });
  await terminal.type("tsd stats --format 'table {{.Name}}\\t{{.PIDs}}'");
  await terminal.waitFor(/NAME +PIDS\nobserve-live +1\b/);
  await shared.tsd.run(["pause", "observe-live"]);
  await shared.tsd.run([
    "run",
    "-d",
    "--name",
    "observe-more",
    shared.image("alpine"),
    "sleep",
    "9",
  ]);
  await terminal.waitFor(/NAME +PIDS\nobserve-more +1\nobserve-live +1\b/);
  assert.equal((await terminal.screen()).split("NAME").length, 2);
  await terminal.press("C-c");
  await terminal.waitFor(/host\$ $/);
  await shared.tsd.run(["rm", "-f", "observe-more"]);
});

Deno.test("events tells other processes what happens, and what happened", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const since = new Date().toISOString();
  const live = tsd.spawn(["events", "--filter", "container=observe-event"]);
  // It has begun to listen when it sees what is done again and again.
  const knock = await knockUntilHeard(live);
  await tsd.run(["run", "--name", "observe-event", "--label", "l=1", image, "sh", "-c", "exit 4"], {
    expect: 4,
  });
  await tsd.run(["rm", "observe-event"]);
  await live.waitFor(/container destroy [0-9a-f]{64} \(image=[^)]*, l=1, name=observe-event\)/);
  live.kill("SIGINT");
  await live.finish();
  const seen = live.stdout.split("\n").filter((line) => line.includes("name=observe-event)"));
  assert.match(
    seen[0]!,
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(Z|[+-]\d\d:\d\d) container create [0-9a-f]{64} \(/,
  );
  assert.ok(seen.some((line) => /container die .*exitCode=4/.test(line)), live.stdout);
  assert.ok(knock > 0);

  const past = ["events", "--since", since, "--until", "0s", "--format", "{{json .}}"];
  const all = (await lines(past)).map((line) => JSON.parse(line));
  const actions = all.filter(({ Actor }) => Actor.Attributes.name === "observe-event")
    .map(({ Action }) => Action);
  assert.deepEqual([actions[0], actions.at(-1)], ["create", "destroy"]);
  const died = all.find(({ Action, Actor }) =>
    Action === "die" && Actor.Attributes.name === "observe-event"
  );
  assert.deepEqual([died.Type, died.status, died.from, died.scope], [
    "container",
    "die",
    image,
    "local",
  ]);
  assert.deepEqual(await lines([...past, "-f", "label=l=2"]), []);
  const wrong = await tsd.run(["events", "--since", "yesterday"], { expect: 1 });
  assert.match(wrong.stderr, /failed to parse value as time or duration: "yesterday"/);
});

/** Makes events that pass the filter until one is told; says how many it took. */
async function knockUntilHeard(live: ReturnType<typeof shared.tsd.spawn>): Promise<number> {
  const name = "observe-event-knock";
  for (let knocks = 1;; knocks++) {
    await shared.tsd.run(["create", "--name", name, shared.image("alpine"), "true"]);
    await shared.tsd.run(["rm", name]);
    if (live.stdout.includes(name)) return knocks;
    assert.ok(knocks < 50, live.stderr);
  }
}

Deno.test("events tells of images", async () => {
  const { tsd } = shared;
  const image = shared.image("configured");
  const since = new Date().toISOString();
  await tsd.run(["pull", "-q", image]);
  await tsd.run(["tag", image, "observe-tag:1"]);
  await tsd.run(["rmi", "observe-tag:1"]);
  await tsd.run(["rmi", image]);
  await tsd.run(["image", "prune", "-f"]);
  const told = await lines([
    ...["events", "--since", since, "--until", "0s", "--filter", "type=image"],
    ...["--format", "{{.Action}} {{.Actor.Attributes.name}}"],
  ]);
  const id = /sha256:[0-9a-f]{64}/.exec(told.join("\n"))![0];
  assert.deepEqual(told, [
    `pull ${image.replace(/:latest$/, "")}`,
    "tag observe-tag:1",
    `untag ${id}`,
    `untag ${id}`,
    `untag ${id}`,
    `delete ${id}`,
    "prune <no value>",
  ]);
});

Deno.test("port says what is not published", async () => {
  const { tsd } = shared;
  await using _it = await background("observe-port", [], "sleep", "100");
  assert.deepEqual(await lines(["port", "observe-port"]), []);
  const missing = await tsd.run(["port", "observe-port", "80/tcp"], { expect: 1 });
  assert.match(missing.stderr, /No public port '80\/tcp' published for observe-port/);
  const unknown = await tsd.run(["container", "port", "no-such"], { expect: 1 });
  assert.match(unknown.stderr, /No such container: no-such/);
});

Deno.test("diff lists what a container changed, and no mount points of the engine", async () => {
  const { tsd } = shared;
  const script = [
    "mkdir /new && touch /new/file",
    "rm /etc/group",
    "echo more >>/etc/passwd",
    "rm -r /home && mkdir /home",
    "echo x >/dev/shm/x && echo y >/etc/hosts",
  ].join("; ");
  await tsd.run([
    ...["run", "--name", "observe-diff", "--tmpfs", "/scratch", shared.image("alpine")],
    ...["sh", "-c", script],
  ]);
  const changes = await lines(["diff", "observe-diff"]);
  assert.deepEqual(changes.filter((line) => !line.includes(" /home")), [
    "C /etc",
    "D /etc/group",
    "C /etc/passwd",
    "A /new",
    "A /new/file",
    "A /scratch",
  ]);
  const missing = await tsd.run(["diff", "no-such"], { expect: 1 });
  assert.match(missing.stderr, /No such container: no-such/);
  await tsd.run(["rm", "observe-diff"]);
});

Deno.test("container prune removes what does not run, after asking", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  await using up = await background("observe-kept", [], "sleep", "100");
  await tsd.run(["run", "--name", "observe-gone", image, "sh", "-c", "printf 1234567890 >/file"]);
  const refused = await tsd.run(["container", "prune"], { stdin: "n\n" });
  assert.match(refused.stdout, /^WARNING! This will remove all stopped containers\.\n/);
  assert.equal((await lines(["ps", "-aq"])).length, 2);
  assert.deepEqual(await lines(["container", "prune", "-f", "--filter", "until=1h"]), [
    "Total reclaimed space: 0B",
  ]);
  const id = (await lines(["ps", "-aq", "--no-trunc", "-f", "name=gone"]))[0]!;
  assert.deepEqual(await lines(["container", "prune", "--force"]), [
    "Deleted Containers:",
    id,
    "",
    "Total reclaimed space: 10B",
  ]);
  assert.deepEqual(await lines(["ps", "-aq", "--no-trunc"]), [up.id]);
});

Deno.test("top says which package holds a missing ps", async () => {
  const { tsd } = shared;
  await using _it = await background("observe-nops", [], "sleep", "100");
  const env = { PATH: "/nowhere" };
  const { stderr } = await tsd.run(["top", "observe-nops"], { env, expect: 1 });
  assert.match(stderr, /this host has no "ps", install it \(package procps\)/);
});
