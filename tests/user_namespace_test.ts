import assert from "node:assert/strict";
import { suite } from "./harness/suite.ts";
import { firstProcess, hostUid } from "./harness/host_process.ts";

const shared = suite({ pull: ["alpine"] });

const FIRST = 100_000;
const COUNT = 65_536;

Deno.test.beforeAll(async () => {
  const { tsd } = shared;
  // What the host's own files say is not the test's to change: the program sees others.
  const ids = `${tsd.home}/subordinate_ids`;
  await Deno.writeTextFile(ids, `tsdmap:${FIRST}:${COUNT}\n`);
  const mounts = ["subuid", "subgid"].map((name) => `mount --bind ${ids} /etc/${name}`);
  const program = `${tsd.home}/tsd`;
  const command = tsd.command.map((word) => `'${word}'`).join(" ");
  await Deno.writeTextFile(
    program,
    `#!/bin/sh\nexec unshare --mount sh -c '${
      mounts.join(" && ")
    } && exec "$@"' sh ${command} "$@"\n`,
    { mode: 0o755 },
  );
  tsd.program = program;
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
