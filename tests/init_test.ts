import assert from "node:assert/strict";
import { suite } from "./harness/suite.ts";
import { Terminal } from "./harness/terminal.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine"] });

/** Runs a shell's script below an init. */
async function underInit(script: string, expect = 0): Promise<string> {
  const args = ["run", "--rm", "--init", shared.image("alpine"), "sh", "-c", script];
  return (await shared.tsd.run(args, { expect })).stdout;
}

Deno.test("--init makes a small init PID 1 and the command its child", async () => {
  const script = "cat /proc/1/cmdline | tr '\\0' ' '; echo; cat /proc/1/comm; echo $PPID; " +
    "grep -E 'RssAnon|Threads' /proc/1/status; ls /proc/1/fd | tr '\\n' ' '; ls /dev/init /sbin";
  const stdout = await underInit(script, 1);
  assert.match(stdout, /^tsd-init -- sh -c cat /);
  assert.match(stdout, /\ntsd-init\n1\n/);
  assert.match(stdout, /\nThreads:\t1\n0 1 2 /);
  const [, kilobytes] = /RssAnon:\s+(\d+) kB/.exec(stdout) ?? assert.fail(stdout);
  assert.ok(Number(kilobytes) <= 32, stdout);
  assert.doesNotMatch(stdout, /^\/sbin:[^]*init/);
});

Deno.test("--init ends as the command does", async () => {
  await underInit("exit 7", 7);
  await underInit("kill -9 $$", 137);
  await underInit("kill -SEGV $$", 139);
});

Deno.test("--init waits for orphans, which would stay zombies otherwise", async () => {
  const script = `
    orphan=$(sh -c 'sleep 0.1 > /dev/null & echo $!')
    grep PPid /proc/$orphan/status
    while [ -e /proc/$orphan ]; do sleep 0.05; done
    echo gone`;
  assert.equal(await underInit(script), "PPid:\t1\ngone\n");
});

Deno.test("--init passes signals on: stop, kill, and those of an attached run", async () => {
  const { tsd } = shared;
  const script = "trap 'echo usr1' USR1; trap 'echo term; exit 3' TERM; echo ready; " +
    "while :; do sleep 0.05; done";
  const image = shared.image("alpine");
  const args = ["run", "--name", "init-signals", "--init", image, "sh", "-c", script];
  const client = tsd.spawn(args);
  await client.waitFor(/ready/);
  await tsd.run(["kill", "-s", "USR1", "init-signals"]);
  await client.waitFor(/usr1/);
  client.kill("SIGUSR1");
  await client.waitFor(/usr1[^]*usr1/);
  await tsd.run(["stop", "init-signals"]);
  const { code, stdout } = await client.finish();
  assert.deepEqual({ code, stdout }, { code: 3, stdout: "ready\nusr1\nusr1\nterm\n" });
  const format = "{{.HostConfig.Init}} {{.State.ExitCode}} {{.Path}}";
  const inspected = await tsd.run(["inspect", "-f", format, "init-signals"]);
  assert.equal(inspected.stdout, "true 3 sh\n");
  await tsd.run(["rm", "init-signals"]);
});

Deno.test("--init reports a command that cannot be executed as a run without it does", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const missing = ["run", "--rm", "--init", image, "nosuch"];
  assert.match((await tsd.run(missing, { expect: 127 })).stderr, /not found in \$PATH/);
  const file = `${tsd.home}/no-program`;
  await Deno.writeTextFile(file, "nonsense", { mode: 0o755 });
  const [plain, below] = await Promise.all([[], ["--init"]].map(async (options) => {
    const args = ["run", "--rm", "--name", `format${options.length}`, "-v", `${file}:/program`];
    const { stderr } = await tsd.run([...args, ...options, image, "/program"], { expect: 126 });
    return stderr.replace(/format\d/, "NAME").replace(/: execve .*/, "").trim();
  }));
  assert.match(below!, /exec \/program: exec format error/);
  assert.equal(below, plain);
});

Deno.test("--init runs the command as another user, who cannot change the init", async () => {
  const { tsd } = shared;
  const script = "id -u; grep -E '^(CapEff|Uid)' /proc/1/status; echo x 2> /dev/null > /proc/1/exe";
  const args = ["run", "--rm", "--init", "-u", "1000", shared.image("alpine"), "sh", "-c", script];
  const { stdout } = await tsd.run(args, { expect: 1 });
  assert.equal(stdout, "1000\nUid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n");
});

Deno.test("--init with a terminal: the command is in the foreground, job control works", async () => {
  await using terminal = await Terminal.open(shared.tsd);
  await terminal.type(`tsd run -it --rm --init ${shared.image("alpine")} sh`);
  await terminal.waitFor(/\/ # $/);
  await terminal.type("cat /proc/1/comm; sleep 100; echo slept");
  await terminal.waitFor(/\ntsd-init\s*$/);
  await waitUntil("the command to run", async () => {
    return (await shared.tsd.processes(true)).some(({ command }) => command === "sleep 100");
  });
  await terminal.press("C-c");
  await terminal.waitFor(/\^C\n+\/ # $/);
  await terminal.type("exit 4");
  await terminal.waitFor(/host\$ $/);
  // A command that is no shell gets the keys as well.
  await terminal.type(`clear; tsd run -it --rm --init ${shared.image("alpine")} cat`);
  await terminal.type("echoed");
  await terminal.waitFor(/echoed\n+echoed\s*$/);
  await terminal.press("C-c");
  await terminal.waitFor(/host\$ $/);
  await terminal.type("echo code $?");
  await terminal.waitFor(/code 130\n/);
});
