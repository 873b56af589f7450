import assert from "node:assert/strict";
import { supervisorIdentity } from "../lib/supervisor/own/presence.ts";
import { type BackgroundContainer, backgroundContainers } from "./harness/background.ts";
import { letEnd } from "./harness/sleeper.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine"] });
const containers = backgroundContainers(shared);

/** Starts a script in a container that lives on. */
function background(name: string, args: string[], script: string): Promise<BackgroundContainer> {
  return containers.background(name, args, "sh", "-c", script);
}

/** Runs a container to its end, which stays until the end of the block. */
async function ended(name: string, args: string[], script: string): Promise<BackgroundContainer> {
  const container = await background(name, args, script);
  await shared.tsd.run(["wait", name]);
  return container;
}

/** What `tsd logs` prints. */
async function logs(...args: string[]): Promise<string> {
  return (await shared.tsd.run(["logs", ...args])).stdout;
}

/** Nothing while a supervisor is just becoming it. */
function supervisorPid(): number | undefined {
  const { root, runDir: run } = shared.tsd;
  return supervisorIdentity({ root, run, instance: "tsd" })?.pid;
}

Deno.test("logs shows what a container has written, each stream on its own", async () => {
  await using container = await ended("logs-streams", [], "echo out; echo err >&2; printf end");
  for (const args of [["logs"], ["container", "logs"], ["logs", "--tail", "all"]]) {
    const { stderr, stdout } = await shared.tsd.run([...args, container.id.slice(0, 12)]);
    assert.deepEqual([stdout, stderr], ["out\nend", "err\n"], args.join(" "));
  }
});

Deno.test("the log is a file in Docker's format", async () => {
  await using container = await ended(
    "logs-format",
    [],
    "printf '<a>\\t\\303\\251\\377\\n'; echo b",
  );
  const text = await Deno.readTextFile(container.log);
  const time = /"time":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{0,8}[1-9])?Z)"/g;
  assert.equal(
    text.replaceAll(time, "TIME"),
    '{"log":"\\u003ca\\u003e\\u0009é\\ufffd\\n","stream":"stdout",TIME}\n' +
      '{"log":"b\\n","stream":"stdout",TIME}\n',
  );
  const moment = Date.parse(new RegExp(time).exec(text)![1]!);
  assert.ok(Math.abs(moment - Date.now()) < 60_000);
});

Deno.test("logs --timestamps and --details say when, and of what", async () => {
  const args = ["--label", "a=1", "-e", "B=x y&z", "--log-opt", "labels=a", "--log-opt", "env=B,C"];
  args.push("--log-opt", "tag={{.Name}}");
  await using _ = await ended("logs-details", args, "echo text");
  const details = "B=x+y%26z,a=1,tag=logs-details";
  assert.equal(await logs("--details", "logs-details"), `${details} text\n`);
  const all = await logs("-t", "--details", "logs-details");
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z) (.*)\n$/.exec(all);
  assert.equal(match?.[2], `${details} text`, all);
  await using _plain = await ended("logs-plain", [], "echo text");
  assert.equal(await logs("--details", "logs-plain"), " text\n");
});

Deno.test("logs --tail, --since and --until choose", async () => {
  const script = "for i in 1 2 3 4; do echo $i; sleep 0.1; done";
  await using _ = await ended("logs-range", [], script);
  const lines = (await logs("-t", "logs-range")).trim().split("\n");
  const [first, second, third] = lines.map((line) => line.slice(0, line.indexOf(" ")));
  const unix = (time: string) => `${Date.parse(time) / 1000 | 0}.${time.slice(20, 29)}`;
  const cases: [string[], string][] = [
    [["-n", "2"], "3\n4\n"],
    [["--tail", "0"], ""],
    [["--tail=-1"], "1\n2\n3\n4\n"],
    [["--since", second!], "2\n3\n4\n"],
    [["--since", unix(second!)], "2\n3\n4\n"],
    [["--until", second!], "1\n2\n"],
    [["--since", second!, "--until", third!], "2\n3\n"],
    [["--since", "10m"], "1\n2\n3\n4\n"],
    [["--until", "10m"], ""],
    [["--since", "2020-01-01", "--until", "2020-01-02T03:04"], ""],
    [["--since", "0"], "1\n2\n3\n4\n"],
    [["--tail", "2", "--until", first!], ""],
  ];
  for (const [args, expected] of cases) {
    assert.equal(await logs(...args, "logs-range"), expected, args.join(" "));
  }
});

Deno.test("logs says what is wrong", async () => {
  const { tsd } = shared;
  await using _ = await ended("logs-bad", ["--log-driver", "none"], "echo nowhere");
  const cases: [string[], number, RegExp][] = [
    [["logs", "no-such"], 1, /^tsd: No such container: no-such\n$/],
    [["logs", "logs-bad"], 1, /^tsd: configured logging driver does not support reading\n$/],
    [["logs"], 1, /'tsd logs' requires 1 argument/],
    [["logs", "a", "b"], 1, /'tsd logs' requires 1 argument/],
    [
      ["logs", "--since", "x", "logs-bad"],
      1,
      /^tsd: invalid value for "since": failed to parse value as time or duration: "x"\n$/,
    ],
    [["logs", "--until", "2026-13-01", "logs-bad"], 1, /invalid value for "until"/],
    [["logs", "--tail", "x", "logs-bad"], 125, /invalid argument "x" for "-n, --tail" flag/],
    [
      ["run", "--log-opt", "foo=bar", shared.image("alpine"), "true"],
      125,
      /unknown log opt 'foo' for json-file log driver/,
    ],
    [
      ["run", "--log-opt", "max-size=x", shared.image("alpine"), "true"],
      125,
      /failed to initialize logging driver: invalid size: 'x'/,
    ],
    [
      ["run", "--log-driver", "syslog", shared.image("alpine"), "true"],
      125,
      /plugin "syslog" not found/,
    ],
  ];
  for (const [args, code, message] of cases) {
    const { stderr } = await tsd.run(args, { expect: code });
    assert.match(stderr, message);
  }
  const { stdout } = await tsd.run(["ps", "-aq"]);
  assert.equal(stdout.trim().split("\n").length, 1, "no container of a run that was refused");
});

Deno.test("logs of a container that never ran are empty, followed or not", async () => {
  const { tsd } = shared;
  await tsd.run(["create", "--name", "logs-created", shared.image("alpine"), "true"]);
  assert.equal(await logs("logs-created"), "");
  assert.equal(await logs("-f", "logs-created"), "");
  await tsd.run(["rm", "logs-created"]);
});

Deno.test("logs takes the defaults of the configuration", async () => {
  const { tsd } = shared;
  await tsd.configure({ "log-opts": { "max-size": "2k", "max-file": "3" } });
  try {
    await using container = await ended("logs-config", [], "seq 1 100");
    const folder = container.log.slice(0, container.log.lastIndexOf("/"));
    const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
    const files = names.filter((name) => name.includes("-json.log")).sort();
    assert.deepEqual(files.map((name) => name.slice(64)), [
      "-json.log",
      "-json.log.1",
      "-json.log.2",
    ]);
    const numbers = (await logs("logs-config")).trim().split("\n").map(Number);
    assert.equal(numbers.at(-1), 100);
    assert.deepEqual(numbers, numbers.map((_, n) => numbers[0]! + n));
    assert.equal(await logs("--tail", "50", "logs-config"), seq(51, 100));
  } finally {
    await tsd.configure({});
  }
});

function seq(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, n) => `${from + n}\n`).join("");
}

Deno.test("a burst, long lines and a missing newline arrive complete and in order", async () => {
  const script = "seq 1 200000; head -c 100000 /dev/zero | tr '\\0' a; echo; printf 'no newline'";
  await using _ = await ended("logs-burst", [], script);
  const expected = seq(1, 200_000) + "a".repeat(100_000) + "\nno newline";
  // Not assert.equal, whose message would be as long.
  assert.ok(await logs("logs-burst") === expected);
});

Deno.test("a burst of 200 MB arrives complete and in order", async () => {
  // Two million lines of a hundred bytes.
  const lines = `seq 10000001 12000000 | sed 's/$/ ${"x".repeat(90)}/'`;
  await using _ = await ended("logs-large", [], lines);
  const hashes = `tsd logs logs-large | sha256sum; ${lines} | sha256sum`;
  const { stdout } = await shared.tsd.shell(hashes, { timeoutMs: 120_000 });
  const [logged, written] = stdout.trim().split("\n");
  assert.equal(logged, written);
});

Deno.test("logs -f ends with the container, which may have been removed", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const script =
    "echo begun; while [ ! -e /tmp/go ]; do sleep 0.02; done; echo out; printf err >&2";
  for (const rm of [[], ["--rm"]]) {
    await tsd.run(["run", "-d", ...rm, "--name", "logs-follow", image, "sh", "-c", script]);
    const followers = [["-f"], ["--follow", "--tail", "1", "-t"]].map((args) =>
      tsd.spawn(["logs", ...args, "logs-follow"])
    );
    for (const follower of followers) await follower.waitFor(/begun\n/);
    await letEnd(tsd, "logs-follow", "/tmp/go");
    const [all, timed] = await Promise.all(followers.map((one) => one.finish()));
    assert.deepEqual([all!.code, all!.stdout, all!.stderr], [0, "begun\nout\n", "err"]);
    assert.match(timed!.stdout, /^\S{30} begun\n\S{30} out\n$/);
    if (rm.length === 0) await tsd.run(["rm", "logs-follow"]);
  }
});

Deno.test("logs -f goes on when the restart policy starts the container again", async () => {
  const script = "echo begun; sleep 0.2; echo ended; exit 3";
  await using _ = await background("logs-policy", ["--restart", "on-failure:2"], script);
  assert.equal(await logs("-f", "logs-policy"), "begun\nended\n".repeat(3));
});

Deno.test("logs -f loses nothing to rotations", async () => {
  const until = (file: string) => `while [ ! -e ${file} ]; do sleep 0.02; done`;
  const script = `echo begun; ${until("/go")}; ` +
    `i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo $i; done; ${until("/end")}; echo end`;
  const args = ["--log-opt", "max-size=100k", "--log-opt", "max-file=4"];
  await using container = await background("logs-rotation", args, script);
  const follower = shared.tsd.spawn(["logs", "-f", "logs-rotation"]);
  await follower.waitFor(/begun\n/);
  await shared.tsd.run(["exec", "logs-rotation", "touch", "/go"]);
  await follower.waitFor(/\n3000\n/);
  await letEnd(shared.tsd, "logs-rotation", "/end");
  assert.equal((await follower.finish()).stdout, `begun\n${seq(1, 3000)}end\n`);
  assert.ok((await Deno.stat(`${container.log}.1`)).size >= 100_000);
});

Deno.test("logs -f --until ends at that moment", async () => {
  await using _ = await background("logs-until", [], "echo begun; exec sleep 100");
  const started = Date.now();
  assert.equal(await logs("-f", "--until=-1s", "logs-until"), "begun\n");
  assert.ok(Date.now() - started >= 900);
});

Deno.test("a kill of the supervisor costs no output, and logs -f goes on", async () => {
  const { tsd } = shared;
  const script =
    "printf 'begun '; while [ ! -e /tmp/go ]; do sleep 0.02; done; echo ended; echo last";
  await using container = await background("logs-killed", [], script);
  const follower = tsd.spawn(["logs", "-f", "logs-killed"]);
  await waitUntil("the output to be taken", async () => {
    const partial = `${tsd.runDir}/containers/${container.id}/partial-lines`;
    const text = await Deno.readTextFile(partial).catch(() => "");
    return text.includes("begun");
  });
  const before = supervisorPid()!;
  Deno.kill(before, "SIGKILL");
  // Who follows a log sees to it that somebody writes it.
  await waitUntil("another supervisor", () => ![undefined, before].includes(supervisorPid()));
  await letEnd(tsd, "logs-killed", "/tmp/go");
  const { code, stdout } = await follower.finish();
  assert.deepEqual([code, stdout], [0, "begun ended\nlast\n"]);
});
