import assert from "node:assert/strict";
import { suite } from "./harness/suite.ts";
import type { RunOptions, RunResult } from "./harness/tsd.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine", "configured"], images: ["multi", "plain", "foreign"] });

/** Runs a command in a container of `alpine` that is removed at its end. */
async function run(
  options: string[],
  command: string[],
  expected: RunOptions = {},
): Promise<RunResult> {
  const image = shared.image("alpine");
  return await shared.tsd.run(["run", "--rm", ...options, image, ...command], expected);
}

/** Runs a shell script in such a container and returns its stdout. */
async function sh(options: string[], script: string): Promise<string> {
  return (await run(options, ["sh", "-c", script])).stdout;
}

Deno.test("run exits with the command's code", async () => {
  for (const code of [0, 1, 7, 125, 255]) {
    await run([], ["sh", "-c", `exit ${code}`], { expect: code });
  }
});

Deno.test("run exits with 127 where the command is not found", async () => {
  for (const command of ["nosuch", "/no/such/file", "./nosuch"]) {
    const { stdout, stderr } = await run([], [command], { expect: 127 });
    assert.equal(stdout, "");
    const reason = command.includes("/")
      ? /no such file or directory/
      : /executable file not found in \$PATH/;
    assert.match(stderr, reason);
    assert.ok(stderr.includes(`"${command}"`), stderr);
  }
});

Deno.test("run exits with 126 where the command cannot be executed", async () => {
  for (const command of ["/etc/passwd", "/etc"]) {
    const { stderr } = await run([], [command], { expect: 126 });
    assert.match(stderr, /permission denied|is a directory/);
  }
});

Deno.test("run exits with 128 and the signal's number where a signal ended the command", async () => {
  const { tsd } = shared;
  const running = tsd.spawn(["run", "--rm", shared.image("alpine"), "sleep", "60"]);
  const [first] = await waitUntil("the command", async () => {
    const found = (await tsd.processes()).filter(({ command }) => command === "sleep 60");
    return found.length > 0 && found;
  });
  Deno.kill(first?.pid ?? 0, "SIGKILL");
  assert.equal((await running.finish()).code, 137);
});

Deno.test("run passes signals on to the command", async () => {
  const script = 'trap "echo term; exit 3" TERM; trap "echo usr1" USR1; trap "echo int" INT; ' +
    "echo ready; while :; do sleep 0.05; done";
  const running = shared.tsd.spawn(["run", "--rm", shared.image("alpine"), "sh", "-c", script]);
  await running.waitFor(/ready/);
  running.kill("SIGUSR1");
  await running.waitFor(/usr1/);
  running.kill("SIGINT");
  await running.waitFor(/int/);
  running.kill("SIGTERM");
  const { code, stdout } = await running.finish();
  assert.deepEqual([code, stdout], [3, "ready\nusr1\nint\nterm\n"]);
});

Deno.test("run --sig-proxy=false keeps signals from the command", async () => {
  const { tsd } = shared;
  const command = [shared.image("alpine"), "sh", "-c", "echo ready; sleep 100"];
  const args = ["run", "--rm", "--name", "unproxied", "--sig-proxy=false", ...command];
  const running = tsd.spawn(args);
  await running.waitFor(/ready/);
  running.kill("SIGINT");
  assert.equal((await running.finish()).code, 130);
  const { stdout } = await tsd.run(["ps", "--format", "{{.Names}} {{.State}}"]);
  assert.equal(stdout, "unproxied running\n");
  await tsd.run(["rm", "-f", "unproxied"]);
});

Deno.test("run keeps stdout and stderr apart", async () => {
  const { stdout, stderr } = await run([], ["sh", "-c", "echo out; echo err >&2"]);
  assert.deepEqual([stdout, stderr], ["out\n", "err\n"]);
});

Deno.test("run -i passes stdin on and closes it with the caller's", async () => {
  assert.equal((await run(["-i"], ["cat"], { stdin: "hi\n" })).stdout, "hi\n");
  const afterwards = await run(["-i"], ["sh", "-c", "cat >/dev/null; echo after"], { stdin: "x" });
  assert.equal(afterwards.stdout, "after\n");
});

Deno.test("run without -i gives an empty stdin", async () => {
  assert.equal((await run([], ["cat"], { stdin: "not for you\n" })).stdout, "");
});

Deno.test("run -i is interactive: answers arrive before stdin ends", async () => {
  const running = shared.tsd.spawn(["run", "--rm", "-i", shared.image("alpine"), "sh"]);
  running.write("echo one-$((1 + 1))\n");
  await running.waitFor(/one-2/);
  running.write("exit 9\n");
  assert.equal((await running.finish()).code, 9);
  running.closeStdin();
});

Deno.test("run -i passes binary data through unchanged", async () => {
  const data = new Uint8Array(3 * 1024 * 1024 + 17);
  for (let at = 0; at < data.length; at += 65_536) {
    crypto.getRandomValues(data.subarray(at, at + 65_536));
  }
  const { stdoutBytes } = await run(["-i"], ["cat"], { stdin: data });
  assert.equal(stdoutBytes.length, data.length);
  assert.ok(stdoutBytes.every((byte, at) => byte === data[at]));
});

Deno.test("run delivers all of the output of a command that ends at once", async () => {
  const { stdout } = await run([], ["sh", "-c", "seq 1 200000"]);
  const lines = stdout.split("\n");
  assert.deepEqual([lines.length, lines[0], lines[199_999]], [200_001, "1", "200000"]);
});

Deno.test("run ends when no one reads its output any more", async () => {
  const { tsd } = shared;
  const { stdout } = await tsd.shell(`tsd run --rm ${shared.image("alpine")} yes | head -1`);
  assert.equal(stdout, "y\n");
  await waitUntil("the end of yes", async () => {
    return !(await tsd.processes()).some(({ command }) => command === "yes");
  });
});

Deno.test("run -e and --env-file set variables, the later wins", async () => {
  const dir = await Deno.makeTempDir();
  const file = `${dir}/env`;
  await Deno.writeTextFile(
    file,
    "# a comment\n\nFROM_FILE=a b\nBOTH=file\nTSD_TEST_HOST\nABSENT\n",
  );
  const options = ["--env-file", file, "-e", "BOTH=option", "-e", "EMPTY=", "-e", "TSD_TEST_HOST2"];
  const { stdout } = await run([...options, "-eEQUALS=a=b"], ["env"], {
    env: { TSD_TEST_HOST: "from host", TSD_TEST_HOST2: "too" },
  });
  await Deno.remove(dir, { recursive: true });
  const variables = stdout.trimEnd().split("\n").filter((line) => !/^(HOSTNAME|PATH)=/.test(line));
  assert.deepEqual(variables.sort(), [
    "BOTH=option",
    "EMPTY=",
    "EQUALS=a=b",
    "FROM_FILE=a b",
    "HOME=/root",
    "TSD_TEST_HOST2=too",
    "TSD_TEST_HOST=from host",
  ]);
});

Deno.test("run sets PATH, HOSTNAME and HOME, and TERM with -t only", async () => {
  const lines = (await run([], ["env"])).stdout.trimEnd().split("\n").sort();
  assert.equal(lines.length, 3, lines.join("\n"));
  assert.equal(lines[0], "HOME=/root");
  assert.match(lines[1] ?? "", /^HOSTNAME=[0-9a-f]{12}$/);
  assert.equal(lines[2], "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
});

Deno.test("run -u takes names, numbers and groups from the image's files", async () => {
  const cases = [
    ["app", "uid=1000(app) gid=1000(app) groups=29(audio),44(video),1000(app)"],
    ["1000", "uid=1000(app) gid=1000(app) groups=29(audio),44(video),1000(app)"],
    ["app:video", "uid=1000(app) gid=44(video) groups=44(video)"],
    ["4242", "uid=4242 gid=0(root) groups=0(root)"],
    ["4242:4343", "uid=4242 gid=4343 groups=4343"],
    ["0:29", "uid=0(root) gid=29(audio) groups=29(audio)"],
  ] as const;
  for (const [user, expected] of cases) {
    assert.equal((await run(["-u", user], ["id"])).stdout, `${expected}\n`, user);
  }
  assert.equal(await sh(["-u", "app"], "echo $HOME"), "/home/app\n");
});

Deno.test("run -w sets the working directory and makes it", async () => {
  assert.equal(await sh(["-w", "/new/deep/folder"], "pwd; ls -a"), "/new/deep/folder\n.\n..\n");
  assert.equal(await sh(["-w", "/tmp/../etc"], "pwd"), "/etc\n");
});

Deno.test("run -h sets the host's name and its file", async () => {
  const script = "hostname; cat /etc/hostname; echo $HOSTNAME";
  assert.equal(await sh(["-h", "box"], script), "box\nbox\nbox\n");
  assert.equal(await sh(["--hostname=box.example"], "hostname"), "box.example\n");
});

Deno.test("run honours the image's configuration", async () => {
  const { tsd } = shared;
  const image = shared.image("configured");
  const plain = await tsd.run(["run", "--rm", image]);
  assert.equal(plain.stdout, "entry default arguments\n");
  const given = await tsd.run(["run", "--rm", image, "a", "-x", "--rm"]);
  assert.equal(given.stdout, "entry a -x --rm\n");
  const script = "id -un; id -Gn; pwd; echo $COLOUR-$EMPTY-$HOME";
  const shell = await tsd.run(["run", "--rm", "--entrypoint", "sh", image, "-c", script]);
  assert.match(
    shell.stdout,
    /^app\n(app audio video|audio video app)\n\/srv\/work\nblue--\/home\/app\n/,
  );
});

Deno.test("run --entrypoint replaces entrypoint and command", async () => {
  const { tsd } = shared;
  const image = shared.image("configured");
  const one = await tsd.run(["run", "--rm", "--entrypoint", "/bin/echo", image]);
  assert.equal(one.stdout, "\n");
  const none = await tsd.run(["run", "--rm", "--entrypoint", "", image, "/bin/echo", "hi"]);
  assert.equal(none.stdout, "hi\n");
  const { stderr } = await tsd.run(["run", "--rm", "--entrypoint", "", image], { expect: 125 });
  assert.match(stderr, /[Nn]o command/);
});

Deno.test("run -v mounts files and directories, read-only where asked", async () => {
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(`${dir}/file`, "from the host\n");
  const volumes = ["-v", `${dir}:/mnt/dir`, "-v", `${dir}/file:/etc/one-file:ro`];
  const script = "cat /mnt/dir/file /etc/one-file; echo inside > /mnt/dir/new; " +
    "echo x 2>/dev/null > /etc/one-file || echo refused; mkdir /mnt/dir/sub; mount | grep -c /mnt/dir";
  const { stdout } = await run(volumes, ["sh", "-c", script]);
  assert.equal(stdout, "from the host\nfrom the host\nrefused\n1\n");
  assert.equal(await Deno.readTextFile(`${dir}/new`), "inside\n");
  assert.equal(await Deno.readTextFile(`${dir}/file`), "from the host\n");
  await run(["-v", `${dir}:/ro:ro`], ["touch", "/ro/x"], { expect: 1 });
  await Deno.remove(dir, { recursive: true });
});

Deno.test("run --tmpfs mounts an empty tmpfs with options", async () => {
  const script = "grep ' /scratch ' /proc/mounts; ls -A /scratch; df -k /scratch | tail -1; " +
    "stat -c %a /scratch";
  const stdout = await sh(["--tmpfs", "/scratch:size=1m,mode=700"], script);
  assert.match(stdout, /^tmpfs \/scratch tmpfs rw,nosuid,nodev,noexec,relatime,size=1024k/);
  assert.match(stdout, /\n700\n$/);
  assert.match(await sh(["--tmpfs=/etc"], "ls /etc"), /^(hostname\nhosts\nresolv\.conf\n)?$/);
});

Deno.test("run --read-only forbids writes to the root, not to mounts", async () => {
  const script = "touch /x || echo root; touch /tmp/x || echo tmp; touch /scratch/x && echo ok; " +
    "touch /dev/shm/x && echo shm; echo > /dev/null && echo null";
  const { stdout } = await run(["--read-only", "--tmpfs", "/scratch"], ["sh", "-c", script]);
  assert.equal(stdout, "root\ntmp\nok\nshm\nnull\n");
});

Deno.test("run without --rm keeps the container until rm", async () => {
  const { tsd } = shared;
  const labels = ["--label", "colour=blue", "--label", "bare"];
  await tsd.run(["run", "--name", "kept", ...labels, shared.image("alpine"), "false"], {
    expect: 1,
  });
  assert.match((await tsd.run(["ps", "-a"])).stdout, /"false".*Exited \(1\).*kept\n/);
  assert.doesNotMatch((await tsd.run(["ps"])).stdout, /kept/);
  const [found] = JSON.parse((await tsd.run(["inspect", "kept"])).stdout);
  assert.deepEqual(found.Config.Labels, { bare: "", colour: "blue" });
  assert.deepEqual([found.State.Status, found.State.ExitCode], ["exited", 1]);
  assert.equal(found.Name, "/kept");
  const ids = (await tsd.run(["ps", "-aq"])).stdout;
  assert.equal(ids, `${found.Id.slice(0, 12)}\n`);
  const taken = await run(["--name", "kept"], ["true"], { expect: 125 });
  assert.match(taken.stderr, /kept.*(already in use|in use)/);
  assert.equal((await tsd.run(["rm", "kept"])).stdout, "kept\n");
  assert.equal((await tsd.run(["ps", "-aq"])).stdout, "");
});

Deno.test("rm refuses a running container, rm -f ends and removes it", async () => {
  const { tsd } = shared;
  const args = ["run", "--name", "busy", shared.image("alpine"), "sh", "-c", "echo up; sleep 60"];
  const running = tsd.spawn(args);
  await running.waitFor(/up/);
  assert.match((await tsd.run(["ps"])).stdout, /Up .*busy\n/);
  const { stderr } = await tsd.run(["rm", "busy"], { expect: 1 });
  assert.match(stderr, /running/);
  assert.equal((await tsd.run(["rm", "-f", "busy"])).stdout, "busy\n");
  assert.equal((await running.finish()).code, 137);
  const missing = await tsd.run(["rm", "busy"], { expect: 1 });
  assert.match(missing.stderr, /No such container: busy/);
});

Deno.test("run makes up unique names", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  await Promise.all([1, 2, 3].map(() => tsd.run(["run", image, "true"])));
  const ids = (await tsd.run(["ps", "-aq", "--no-trunc"])).stdout.trim().split("\n");
  assert.equal(ids.length, 3);
  const { stdout } = await tsd.run(["inspect", ...ids]);
  const names = JSON.parse(stdout).map(({ Name }: { Name: string }) => Name);
  assert.equal(new Set(names).size, 3);
  for (const name of names) assert.match(name, /^\/[a-z0-9]+_[a-z0-9]+$/);
  await tsd.run(["rm", ...ids]);
});

Deno.test("run --cidfile writes the container's id and refuses an existing file", async () => {
  const dir = await Deno.makeTempDir();
  const { stdout } = await run(["--cidfile", `${dir}/cid`], ["hostname"]);
  const id = await Deno.readTextFile(`${dir}/cid`);
  assert.match(id, /^[0-9a-f]{64}$/);
  assert.equal(stdout, `${id.slice(0, 12)}\n`);
  const { stderr } = await run(["--cidfile", `${dir}/cid`], ["true"], { expect: 125 });
  assert.ok(stderr.includes(`${dir}/cid`), stderr);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("run pulls what is missing, and tells so on stderr", async () => {
  const { tsd } = shared;
  const image = shared.image("plain");
  const first = await tsd.run(["run", "--rm", image, "echo", "ran"]);
  assert.equal(first.stdout, "ran\n");
  assert.ok(first.stderr.startsWith(`Unable to find image '${image}' locally\n`), first.stderr);
  const again = await tsd.run(["run", "--rm", image, "echo", "ran"]);
  assert.equal(again.stderr, "");
});

Deno.test("run --pull decides whether the registry is asked", async () => {
  const { tsd } = shared;
  const missing = `${shared.registry.host}/nosuch:latest`;
  const never = await tsd.run(["run", "--pull", "never", missing], { expect: 125 });
  assert.match(never.stderr, /No such image: .*\/nosuch:latest/);
  const always = await run(["--pull", "always"], ["true"]);
  assert.match(always.stderr, /Image is up to date for .*\/alpine:latest/);
  assert.equal((await run(["--pull=always", "-q"], ["true"])).stderr, "");
});

Deno.test("run --platform picks the image of another platform", async () => {
  const { tsd } = shared;
  const image = shared.image("multi");
  const cat = ["cat", "/etc/platform"];
  const own = await tsd.run(["run", "--rm", "-q", "--platform", "linux/amd64", image, ...cat]);
  assert.equal(own.stdout, "linux/amd64\n");
  // Each platform's image holds this machine's busybox.
  const other = await tsd.run(["run", "--rm", "-q", "--platform", "linux/arm64", image, ...cat]);
  assert.equal(other.stdout, "linux/arm64/v8\n");
});

Deno.test("run leaves options after the image to the command", async () => {
  const { stdout } = await run([], ["echo", "--rm", "-it", "--", "-x"]);
  assert.equal(stdout, "--rm -it -- -x\n");
});

Deno.test("run --stop-signal is recorded", async () => {
  const { tsd } = shared;
  await tsd.run([
    "run",
    "--name",
    "sig",
    "--stop-signal",
    "SIGQUIT",
    shared.image("alpine"),
    "true",
  ]);
  const { stdout } = await tsd.run(["inspect", "--format", "{{.Config.StopSignal}}", "sig"]);
  assert.equal(stdout, "SIGQUIT\n");
  await tsd.run(["rm", "sig"]);
});

Deno.test("run works many times at once", async () => {
  const runs = Array.from({ length: 8 }, (_, n) => run(["-i"], ["cat"], { stdin: `${n}` }));
  assert.deepEqual((await Promise.all(runs)).map(({ stdout }) => stdout), [..."01234567"]);
});

Deno.test("run -D tells each step with its time on stderr", async () => {
  const args = ["-D", "run", "--rm", shared.image("alpine"), "echo", "out"];
  const { stdout, stderr } = await shared.tsd.run(args);
  assert.equal(stdout, "out\n");
  assert.ok(stderr.trim().split("\n").length >= 3, stderr);
  assert.match(stderr, /\d ?ms/);
});
