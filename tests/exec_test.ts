import assert from "node:assert/strict";
import { isInsured } from "./harness/insured_exec.ts";
import { SpawnedTsd } from "./harness/spawned_tsd.ts";
import type { RunOptions } from "./harness/tsd.ts";
import { sleeper, untilRuns } from "./harness/sleeper.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine", "configured"] });

/** Runs a shell script in a container and returns its stdout. */
async function sh(id: string, script: string, options: string[] = []): Promise<string> {
  return (await shared.tsd.run(["exec", ...options, id, "sh", "-c", script])).stdout;
}

async function ended(pid: number): Promise<void> {
  await waitUntil(`the end of process ${pid}`, async () => {
    return !(await shared.tsd.processes(true)).some((one) => one.pid === pid);
  });
}

Deno.test("exec joins the namespaces and the cgroups of PID 1", async () => {
  await using one = await sleeper(shared);
  const kinds = "cgroup ipc mnt net pid uts";
  const script = `for n in ${kinds}; do readlink /proc/$P/ns/$n; done; cat /proc/$P/cgroup`;
  const ofFirst = await sh(one.id, `P=1; ${script}`);
  assert.equal(await sh(one.id, `P=self; ${script}`), ofFirst);
  const pid = (await shared.tsd.run(["ps", "--format", "{{.Pid}}"])).stdout.trim();
  const joined = shared.tsd.spawn(["exec", one.id, "sleep", "987"]);
  const member = await untilRuns(shared.tsd, "sleep 987");
  const [first, second] = await Promise.all(
    [pid, member].map((each) => Deno.readTextFile(`/proc/${each}/cgroup`)),
  );
  assert.equal(second, first);
  joined.kill("SIGTERM");
  assert.equal((await joined.finish()).code, 143);
});

Deno.test("exec gives a command what PID 1 has, and nothing of ours", async () => {
  await using one = await sleeper(shared);
  const keys = "^(Cap|NoNewPrivs|Seccomp|Sig(Blk|Ign|Cgt)|Umask|Groups)";
  const script = `grep -E '${keys}' /proc/$P/status; cat /proc/$P/oom_score_adj; ` +
    "grep -E 'open files' /proc/$P/limits";
  // `sleep` handles no signals; neither does `grep`.
  const ofFirst = await sh(one.id, `P=1; ${script}`);
  assert.equal(await sh(one.id, `P=self; ${script}`), ofFirst);
  const [parent, ...descriptors] =
    (await sh(one.id, "sed -n 's/^PPid:\t//p' /proc/$$/status; ls /proc/$$/fd; true")).trim().split(
      "\n",
    );
  assert.equal(parent, "0");
  assert.deepEqual(descriptors, ["0", "1", "2"]);
});

Deno.test("exec takes user, groups, environment and folder from the container", async () => {
  await using one = await sleeper(shared, [], "configured");
  const script = "id -un; pwd; echo $COLOUR; env | grep -c ^TERM=; echo > /dev/stdout; echo $HOME";
  const image = shared.image("configured");
  const { stdout } = await shared.tsd.run(
    ["run", "--rm", "--entrypoint", "sh", image, "-c", script],
  );
  assert.match(stdout, /^app\n\/srv\/work\nblue\n0\n/);
  assert.equal(await sh(one.id, script), stdout);
});

Deno.test("exec -u, -w, -e and --env-file override the container's", async () => {
  await using one = await sleeper(shared, ["-e", "A=container", "-e", "B=container"]);
  const file = `${shared.tsd.home}/variables`;
  await Deno.writeTextFile(file, "# comment\nB=file\nC=file\n");
  const options = ["-u", "1234:5678", "-w", "/etc", "-e", "C=own", "-e", "D", "--env-file", file];
  const args = ["exec", ...options, one.id, "sh", "-c", 'id; pwd; echo "$A $B $C $D $HOME"'];
  const { stdout } = await shared.tsd.run(args, { env: { D: "ours" } });
  assert.equal(stdout, "uid=1234 gid=5678 groups=5678\n/etc\ncontainer file own ours /\n");
});

Deno.test("exec --privileged gives all capabilities", async () => {
  await using one = await sleeper(shared);
  const grep = ["grep", "CapEff", "/proc/self/status"];
  const { stdout } = await shared.tsd.run(["exec", "--privileged", one.id, ...grep]);
  const own = /CapBnd:\t(\w+)/.exec(await Deno.readTextFile("/proc/self/status"))![1];
  assert.equal(stdout, `CapEff:\t${own}\n`);
});

Deno.test("exec ends with the command's exit code, or says why there is none", async () => {
  await using one = await sleeper(shared, ["--name", "exits"]);
  const cases: [args: string[], code: number, stderr: RegExp][] = [
    [["exits", "true"], 0, /^$/],
    [["exits", "sh", "-c", "exit 7"], 7, /^$/],
    [["exits", "sh", "-c", "kill -9 $$"], 137, /^$/],
    [[one.id.slice(0, 12), "nosuch"], 127, /"nosuch": executable file not found in \$PATH\n$/],
    [["exits", "/nosuch"], 127, /stat \/nosuch: no such file or directory\n$/],
    [["exits", "/etc"], 126, /is a directory\n$/],
    [["exits", "/etc/passwd"], 126, /permission denied\n$/],
    [["-w", "/nosuch", "exits", "true"], 126, /chdir to cwd \("\/nosuch"\) .*no such file/],
    [["-w", "relative", "exits", "true"], 126, /Cwd must be an absolute path\n$/],
    [["-u", "nosuch", "exits", "true"], 126, /unable to find user nosuch: no matching entries/],
    [["nosuch", "true"], 1, /No such container: nosuch\n$/],
    [["-it", "exits", "true"], 1, /the input device is not a TTY\n$/],
    [["--detach-keys", "nokey", "exits", "true"], 1, /invalid detach keys \(nokey\)/],
    [["exits"], 1, /requires at least 2 arguments/],
  ];
  for (const [args, code, pattern] of cases) {
    const { stderr } = await shared.tsd.run(["exec", ...args], { expect: code });
    assert.match(stderr, pattern, args.join(" "));
  }
});

Deno.test("exec in a container that does not run says so", async () => {
  const { tsd } = shared;
  const args = ["create", "--name", "still", shared.image("alpine"), "sleep", "1000"];
  const id = (await tsd.run(args)).stdout.trim();
  const refused = async (): Promise<string> =>
    (await tsd.run(["exec", "still", "true"], { expect: 1 })).stderr;
  assert.equal(await refused(), `tsd: container ${id} is not running\n`);
  await tsd.run(["start", "still"]);
  await tsd.run(["pause", "still"]);
  assert.equal(
    await refused(),
    "tsd: Container still is paused, unpause the container before exec\n",
  );
  await tsd.run(["unpause", "still"]);
  await tsd.run(["kill", "still"]);
  await tsd.run(["wait", "still"]);
  assert.equal(await refused(), `tsd: container ${id} is not running\n`);
  await tsd.run(["rm", "still"]);
});

Deno.test("exec -i passes bytes on as they are, and their end", async () => {
  await using one = await sleeper(shared);
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  const all = new Uint8Array(bytes.length * 20);
  for (let at = 0; at < all.length; at += bytes.length) all.set(bytes, at);
  const { stdoutBytes } = await shared.tsd.run(["exec", "-i", one.id, "cat"], { stdin: all });
  assert.deepEqual(stdoutBytes, all);
  // The output goes on after the input has ended.
  const script = "cat > /dev/null; echo after; echo error >&2";
  const piped = shared.tsd.spawn(["exec", "-i", one.id, "sh", "-c", script]);
  piped.write("before");
  piped.closeStdin();
  const { stderr, stdout } = await piped.finish();
  assert.deepEqual([stdout, stderr], ["after\n", "error\n"]);
});

Deno.test("exec without -i has no input", async () => {
  await using one = await sleeper(shared);
  const { stdout } = await shared.tsd.run(["exec", one.id, "wc", "-c"], { stdin: "input" });
  assert.equal(stdout.trim(), "0");
});

Deno.test("exec gives a container no file, device or folder of the host", async () => {
  await using one = await sleeper(shared);
  const { tsd } = shared;
  const file = `${tsd.home}/input`;
  await Deno.writeTextFile(file, "precious\n");
  const exec = `tsd exec -i ${one.id} sh -c`;
  const { stdout } = await tsd.shell([
    `${exec} 'cat; echo spoilt > /proc/self/fd/0' < ${file} 2> ${tsd.home}/errors > ${file}.out`,
    `cat ${file} ${file}.out`,
    `${exec} 'ls /proc/self/fd/0/etc' < / 2>/dev/null || echo no folder`,
    `${exec} 'chmod 600 /proc/self/fd/1; chown 1 /proc/self/fd/1' > /dev/null`,
    "stat -c '%a %u' /dev/null",
  ].join("\n"));
  assert.equal(stdout, "precious\nprecious\nno folder\n666 0\n");
});

Deno.test("exec works a hundred times at once", async () => {
  await using one = await sleeper(shared);
  const results = await Promise.all(Array.from({ length: 100 }, (_, index) => {
    const args = ["exec", one.id, "sh", "-c", `echo ${index}; exit ${index}`];
    return shared.tsd.run(args, { expect: index, timeoutMs: 120_000 });
  }));
  assert.deepEqual(results.map(({ stdout }) => stdout), results.map((_, index) => `${index}\n`));
});

Deno.test("exec -d returns at once and leaves the command running", async () => {
  await using one = await sleeper(shared);
  const { stdout } = await shared.tsd.run(["exec", "-d", one.id, "sleep", "876"]);
  assert.equal(stdout, "");
  const pid = await untilRuns(shared.tsd, "sleep 876");
  const streams = await Promise.all([0, 1, 2].map((fd) => Deno.readLink(`/proc/${pid}/fd/${fd}`)));
  assert.deepEqual(streams, ["/dev/null", "/dev/null", "/dev/null"]);
  await shared.tsd.run(["exec", "-d", one.id, "nosuch"], { expect: 127 });
});

Deno.test("exec passes on a signal that the command's own start brings about", async () => {
  await using one = await sleeper(shared, ["--pid", "host"]);
  const script = 'trap "echo got; exit 7" TERM; kill -TERM $1; while :; do sleep 0.02; done';
  const command = shared.tsd.command.join(" ");
  for (let n = 0; n < 5; n++) {
    const client = `exec ${command} exec ${one.id} sh -c '${script}' sh $$`;
    const { stdout } = await shared.tsd.shell(client, { expect: 7 });
    assert.equal(stdout, "got\n");
  }
});

Deno.test("exec passes signals on to the command", async () => {
  await using one = await sleeper(shared);
  const script = 'trap "echo got; exit 9" USR1; echo ready; while :; do sleep 0.05; done';
  const program = shared.tsd.spawn(["exec", one.id, "sh", "-c", script]);
  await program.waitFor(/ready/);
  program.kill("SIGUSR1");
  const { code, stdout } = await program.finish();
  assert.deepEqual([code, stdout], [9, "ready\ngot\n"]);
});

Deno.test("the command of an exec that is killed lives on, and writes for nobody", async () => {
  await using one = await sleeper(shared);
  const output = await Deno.makeTempFile();
  // A file is not passed on to the container: what the command writes goes through its exec.
  const script = 'output=$1; shift; exec "$@" > $output 2>&1';
  const command = "echo ready; until test -e /go; do sleep 0.1; done; echo lost && echo on > /went";
  const args = [...shared.tsd.command, "exec", one.id, "sh", "-c", command];
  const { env } = shared.tsd;
  const client = new SpawnedTsd("bash", ["-c", script, "bash", output, ...args], { env });
  await waitUntil("output", async () => await Deno.readTextFile(output) === "ready\n");
  await isInsured(shared.tsd, client.child.pid);
  client.kill("SIGKILL");
  assert.equal((await client.finish()).code, 137);
  await sh(one.id, "touch /go");
  await waitUntil("the command to go on", async () => {
    return await sh(one.id, "cat /went 2> /dev/null || true") === "on\n";
  });
  assert.equal(await Deno.readTextFile(output), "ready\n");
  await Deno.remove(output);
});

Deno.test("a command that is to end with its exec does", async () => {
  await using one = await sleeper(shared);
  const program = shared.tsd.spawn(["exec", "--ends-with-client", one.id, "sleep", "654"]);
  const pid = await untilRuns(shared.tsd, "sleep 654");
  program.kill("SIGKILL");
  assert.equal((await program.finish()).code, 137);
  await ended(pid);
});

Deno.test("the end of the container ends what was executed in it", async () => {
  const one = await sleeper(shared);
  const programs = [1, 2, 3].map((number) =>
    shared.tsd.spawn(["exec", one.id, "sleep", `54${number}`])
  );
  for (const number of [1, 2, 3]) await untilRuns(shared.tsd, `sleep 54${number}`);
  await shared.tsd.run(["exec", "-d", one.id, "sleep", "544"]);
  await shared.tsd.run(["kill", one.id]);
  for (const program of programs) assert.equal((await program.finish()).code, 137);
  await waitUntil("the end of all", async () => (await shared.tsd.processes(true)).length === 0);
});

Deno.test("exec while the container ends either runs or says that it does not run", async () => {
  for (let round = 0; round < 5; round++) {
    const one = await sleeper(shared);
    const options: RunOptions = { expect: "any" };
    const execs = [1, 2, 3, 4].map(() => shared.tsd.run(["exec", one.id, "true"], options));
    const [, ...results] = await Promise.all([
      shared.tsd.run(["kill", one.id], options),
      ...execs,
    ]);
    for (const { code, stderr } of results) {
      const told = /^tsd: (container \w+ is not running|No such container: \w+)\n$/.test(stderr);
      assert.ok(code === 0 || code === 137 || (code === 1 && told), `${code}: ${stderr}`);
    }
    await shared.tsd.run(["rm", "-f", one.id]);
  }
});

Deno.test("Engine.containers.exec() gives a script the output and the exit code", async () => {
  const { tsd } = shared;
  await using one = await sleeper(shared);
  const file = `${tsd.home}/script.ts`;
  await Deno.writeTextFile(
    file,
    `
    import { Engine } from "${import.meta.resolve("../lib/mod.ts")}";
    using engine = Engine.open();
    const command = ["sh", "-c", "cat; echo error >&2; exit 3"];
    const stdin = new TextEncoder().encode("x".repeat(300_000));
    const { exitCode, stdout, stderr } = await engine.containers.exec(Deno.args[0]!, command, { stdin });
    console.log(exitCode, stdout.length, new TextDecoder().decode(stderr));
    const missing = await engine.containers.exec(Deno.args[0]!, ["nosuch"]).catch((error) => error.kind);
    console.log(missing, Deno.readLinkSync("/proc/thread-self/ns/mnt") === Deno.readLinkSync("/proc/self/ns/mnt"));
  `,
  );
  const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", file, one.id],
    clearEnv: true,
    env: tsd.env,
  }).output();
  const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.equal(out, "3 300000 error\n\ncommandNotFound true\n", errors);
  assert.equal(code, 0);
});
