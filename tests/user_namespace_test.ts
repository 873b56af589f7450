import assert from "node:assert/strict";
import { hostCommand } from "./harness/host_command.ts";
import { firstProcess, hostUid } from "./harness/host_process.ts";
import { giveSubordinateIds } from "./harness/subordinate_ids.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine"] });

const FIRST = 100_000;
const COUNT = 65_536;

Deno.test.beforeAll(async () => {
  const { tsd } = shared;
  await giveSubordinateIds(tsd, "tsdmap", { first: FIRST, count: COUNT });
  await tsd.configure({ "userns-remap": "tsdmap" });
});

async function sh(script: string, options: string[] = []): Promise<string> {
  const args = ["run", "--rm", ...options, shared.image("alpine"), "sh", "-c", script];
  return (await shared.tsd.run(args)).stdout;
}

Deno.test("with userns-remap the container's root is nobody on the host", async () => {
  const { tsd } = shared;
  await tsd.run(["run", "-d", "--name", "mapped", shared.image("alpine"), "sleep", "1000"]);
  const pid = await firstProcess(tsd, "mapped");
  assert.equal(await hostUid(pid), FIRST);
  const inside = await tsd.run(["exec", "mapped", "sh", "-c", "id -u; cat /proc/self/uid_map"]);
  const [id, map] = inside.stdout.trim().split("\n");
  assert.equal(id, "0");
  assert.deepEqual(map?.trim().split(/\s+/).map(Number), [0, FIRST, COUNT]);
  const other = await tsd.run(["exec", "-u", "33", "mapped", "sh", "-c", "id -u > /dev/stdout"]);
  assert.equal(other.stdout, "33\n");
  await tsd.run(["rm", "-f", "mapped"]);
});

Deno.test("with userns-remap the exit code is known of what ends without a supervisor", async () => {
  const { tsd } = shared;
  const script = "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done";
  const name = ["--name", "mapped-alone"];
  await tsd.run(["run", "-d", ...name, shared.image("alpine"), "sh", "-c", script]);
  const pid = await firstProcess(tsd, "mapped-alone");
  await waitUntil("its trap", async () => (await tsd.run(["logs", "mapped-alone"])).stdout !== "");
  const { stdout } = await tsd.run(["system", "supervisor", "--format", "{{.PID}}"]);
  Deno.kill(Number(stdout), "SIGKILL");
  Deno.kill(pid, "SIGTERM");
  await waitUntil("its end", async () => {
    return !/^State:\s+[^Z]/m.test(await Deno.readTextFile(`/proc/${pid}/status`).catch(() => ""));
  });
  const code = await tsd.run(["inspect", "-f", "{{.State.ExitCode}}", "mapped-alone"]);
  assert.equal(code.stdout, "9\n");
  await tsd.run(["rm", "mapped-alone"]);
});

Deno.test("with userns-remap files keep their owners, and what is written gets the container's", async () => {
  const { tsd } = shared;
  const script = 'set -e; [ "$(stat -c %u /bin/busybox)" = 0 ]; echo x > /new; chown 7:8 /new; ' +
    "rm /etc/passwd; mkdir -p /home/a; chown 1000 /home/a; stat -c '%u:%g' /new /home/a";
  const name = ["--name", "owners"];
  const ran = await tsd.run(["run", ...name, shared.image("alpine"), "sh", "-c", script]);
  assert.equal(ran.stdout, "7:8\n1000:0\n");
  const { stdout } = await tsd.run(["inspect", "-f", "{{.Id}}", "owners"]);
  const upper = `${tsd.root}/containers/${stdout.trim()}/upper`;
  const { uid, gid } = await Deno.lstat(`${upper}/new`);
  // On the disk as without a user namespace: images made of it are the same.
  assert.deepEqual([uid, gid], [7, 8]);
  const diff = await tsd.run(["diff", "owners"]);
  assert.match(diff.stdout, /^D \/etc\/passwd$/m);
  const again = await tsd.run(["start", "-a", "owners"], { expect: "any" });
  assert.equal(again.code, 1, again.stderr);
  await tsd.run(["rm", "owners"]);
});

Deno.test("with userns-remap a container has devices, its files and a terminal", async () => {
  const script =
    "echo lost > /dev/null; head -c 4 /dev/urandom | wc -c; echo error > /dev/stderr; " +
    "grep -c localhost /etc/hosts; echo '# own' >> /etc/hosts && tail -n 1 /etc/hosts; " +
    "mount -t tmpfs none /mnt 2>/dev/null || echo refused; cat /proc/1/attr/current 2>/dev/null; true";
  const lines = (await sh(script)).trim().split("\n");
  assert.equal(lines[0], "4");
  assert.ok(Number(lines[1]) >= 1);
  assert.deepEqual(lines.slice(2, 4), ["# own", "refused"]);
});

Deno.test("with userns-remap nothing of the host's root can be read or written through a volume", async () => {
  const { tsd } = shared;
  const folder = `${tsd.home}/volume`;
  await Deno.mkdir(folder);
  await Deno.writeTextFile(`${folder}/secret`, "of the host's root", { mode: 0o600 });
  const script = "cat /v/secret || true; echo x > /v/new || true; stat -c %u /v/secret";
  const { stdout, stderr } = await tsd.run(
    ["run", "--rm", "-v", `${folder}:/v`, shared.image("alpine"), "sh", "-c", script],
  );
  assert.equal(stdout, "65534\n");
  assert.match(stderr, /can't open '\/v\/secret': Permission denied/);
  assert.match(stderr, /can't create \/v\/new: Permission denied/);
  await Deno.chown(folder, FIRST, FIRST);
  assert.equal(await sh("echo x > /v/new && stat -c %u /v/new", ["-v", `${folder}:/v`]), "0\n");
  assert.equal((await Deno.stat(`${folder}/new`)).uid, FIRST);
});

/** Names and owners below a folder of the host. */
async function owners(folder: string): Promise<string> {
  const found = await hostCommand("find", [folder, "-mindepth", "1", "-printf", "%P %U:%G\\n"]);
  return found.split("\n").filter((line) => line !== "").sort().join(" ");
}

Deno.test("with userns-remap cp translates owners, whether the container runs or not", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const script = "mkdir /out && echo x > /out/f && chown -R 33:44 /out && touch /ready; sleep 1000";
  await tsd.run(["run", "-d", "--name", "cp", "-v", "cp:/v", image, "sh", "-c", script]);
  await waitUntil("the container", async () => {
    return (await tsd.run(["exec", "cp", "test", "-e", "/ready"], { expect: "any" })).code === 0;
  });
  const source = `${tsd.home}/in`;
  await Deno.mkdir(source);
  await Deno.writeTextFile(`${source}/f`, "x");
  await Deno.link(`${source}/f`, `${source}/link`);
  await Deno.chown(`${source}/f`, 7, 8);
  const list = "cd $1 && stat -c '%n %u:%g' . * | tr '\\n' ' '";
  for (const target of ["/", "/v"]) {
    await tsd.run(["cp", source, `cp:${target}`]);
    const inside = await tsd.run(["exec", "cp", "sh", "-c", list, "sh", `${target}/in`]);
    assert.equal(inside.stdout, ". 0:0 f 7:8 link 7:8 ");
  }
  const check = async (name: string) => {
    await tsd.run(["cp", "-a", "cp:/out", `${tsd.home}/${name}`]);
    assert.equal(await owners(`${tsd.home}/${name}`), "f 33:44");
    await tsd.run(["cp", "-a", "cp:/in", `${tsd.home}/${name}-in`]);
    assert.equal(await owners(`${tsd.home}/${name}-in`), "f 7:8 link 7:8");
  };
  await check("running");
  await tsd.run(["kill", "cp"]);
  await tsd.run(["wait", "cp"]);
  await check("stopped");
  const outside = `${tsd.home}/stranger`;
  await Deno.writeTextFile(outside, "x");
  await Deno.chown(outside, COUNT, 0);
  await tsd.run(["start", "cp"]);
  const { stderr } = await tsd.run(["cp", outside, "cp:/"], { expect: 1 });
  assert.match(stderr, /the number 65536 is not mapped in the user namespace/);
  await tsd.run(["rm", "-fv", "cp"]);
  await tsd.run(["volume", "rm", "cp"]);
});

Deno.test("with userns-remap commit and export keep the container's owners", async () => {
  const { tsd } = shared;
  const script = "mkdir /new && touch /new/f && chown -R 33:44 /new && rm /etc/passwd";
  await tsd.run(["run", "--name", "kept", shared.image("alpine"), "sh", "-c", script]);
  await tsd.run(["commit", "kept", "kept:1"]);
  for (const options of [[], ["--userns", "host"]]) {
    const list = "stat -c %u:%g /new /new/f; ls /etc/passwd 2>&1";
    const { stdout } = await tsd.run(
      ["run", "--rm", ...options, "kept:1", "sh", "-c", list],
      { expect: 1 },
    );
    assert.equal(stdout, "33:44\n33:44\nls: /etc/passwd: No such file or directory\n");
  }
  const archive = `${tsd.home}/kept.tar`;
  await tsd.run(["export", "-o", archive, "kept"]);
  const listed = await hostCommand("tar", ["--numeric-owner", "-tvf", archive, "new/f"]);
  assert.match(listed, / 33\/44 /);
  await tsd.run(["rm", "kept"]);
  await tsd.run(["rmi", "kept:1"]);
});

Deno.test("with userns-remap volumes and file systems in memory are the container's", async () => {
  const { tsd } = shared;
  await Deno.mkdir(`${tsd.home}/bound`);
  const options = [
    ...["-v", "own:/home", "-v", "new:/new", "--mount", "type=volume,source=other,target=/other"],
    ...["--tmpfs", "/t:uid=5", "--mount", "type=tmpfs,target=/m"],
    ...["--mount", `type=bind,source=${tsd.home}/bound,target=/b,readonly`],
  ];
  const script =
    "for d in /home /new /other /t /m; do touch $d/f && chown 5:6 $d/f || exit 1; done; " +
    "stat -c %u:%g /home /new /other /t /m /b /m/f";
  const found = (await sh(script, options)).trim().split("\n");
  assert.deepEqual(found, ["0:0", "0:0", "0:0", "5:0", "0:0", "65534:65534", "5:6"]);
  // As it is on the disk, containers without a user namespace see the same.
  const seen = await sh("stat -c %u:%g /new/f", ["--userns", "host", "-v", "new:/new"]);
  assert.equal(seen, "5:6\n");
  await tsd.run(["volume", "rm", "own", "new", "other"]);
});

Deno.test("with userns-remap containers have networks, published ports and health", async () => {
  const { tsd } = shared;
  using free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = (free.addr as Deno.NetAddr).port;
  free.close();
  await tsd.run(["network", "create", "mapped"]);
  const server = "exec nc -ll -p 80 -e echo hello";
  await tsd.run([
    ...["run", "-d", "--name", "web", "--network", "mapped", "-p", `127.0.0.1:${port}:80`],
    ...["--stop-signal", "SIGKILL", "--ipc", "shareable", "--health-cmd", "test $(id -u) = 0"],
    ...["--health-interval", "100ms", shared.image("alpine"), "sh", "-c", server],
  ]);
  await waitUntil("health", async () => {
    const { stdout } = await tsd.run(["inspect", "-f", "{{.State.Health.Status}}", "web"]);
    return stdout === "healthy\n";
  });
  await waitUntil("an answer", async () => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    return (await new Response(connection.readable).text().catch(() => "")) === "hello\n";
  });
  const client = "nc web 80 </dev/null; ip addr add 192.0.2.1/32 dev lo && echo changed";
  assert.equal(
    await sh(client, ["--network", "mapped", "--cap-add", "NET_ADMIN"]),
    "hello\nchanged\n",
  );
  const beside = "nc 127.0.0.1 80 </dev/null; ip -4 -o addr show eth0 | wc -l";
  assert.equal(await sh(beside, ["--network", "container:web"]), "hello\n1\n");
  const both = await sh("ps | grep -c 'nc -l'", [
    ...["--network", "container:web", "--pid", "container:web", "--ipc", "container:web"],
  ]);
  assert.notEqual(both.trim(), "0");
  await tsd.run(["rm", "-f", "web"]);
  await tsd.run(["network", "rm", "mapped"]);
});

Deno.test("with userns-remap the namespaces of a container with other users are not joined", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  await tsd.run(["run", "-d", "--name", "hosts", "--userns", "host", image, "sleep", "1000"]);
  const args = ["run", "--rm", "--network", "container:hosts", image, "true"];
  const { stderr } = await tsd.run(args, { expect: 125 });
  assert.match(stderr, /cannot join namespaces of container hosts: its users are others/);
  await tsd.run(["rm", "-f", "hosts"]);
});

Deno.test("run --userns host leaves a container in the host's user namespace", async () => {
  const map = await sh("cat /proc/self/uid_map", ["--userns", "host"]);
  assert.deepEqual(map.trim().split(/\s+/).map(Number), [0, 0, 2 ** 32 - 1]);
});

Deno.test("with userns-remap what belongs to the host's root is refused", async () => {
  const { tsd } = shared;
  for (
    const [option, what] of [
      [["--network", "host"], "cannot share the host's network namespace"],
      [["--pid", "host"], "cannot share the host PID namespace"],
      [["--ipc", "host"], "cannot share the host IPC namespace"],
    ] as const
  ) {
    const args = ["run", "--rm", ...option, shared.image("alpine"), "true"];
    const { stderr } = await tsd.run(args, { expect: 125 });
    assert.ok(stderr.includes(`${what} when user namespaces are enabled`), stderr);
  }
  const wrong = ["run", "--rm", "--userns", "private:x", shared.image("alpine"), "true"];
  assert.match((await tsd.run(wrong, { expect: 125 })).stderr, /--userns: invalid USER mode/);
});

Deno.test("a user without subordinate ids is an error that says what to do", async () => {
  const { tsd } = shared;
  await tsd.configure({ "userns-remap": "nobody-has-me" });
  const args = ["run", "--rm", shared.image("alpine"), "true"];
  const { stderr } = await tsd.run(args, { expect: 125 });
  assert.match(stderr, /add a line such as "nobody-has-me:100000:65536"/);
  await tsd.configure({ "userns-remap": "tsdmap" });
});
