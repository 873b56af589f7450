import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path/posix";
import { giveSubordinateIds } from "../harness/subordinate_ids.ts";
import { suite } from "../harness/suite.ts";
import type { RunResult } from "../harness/tsd.ts";

const shared = suite({ pull: ["alpine"] });

/** Runs a script of the host as a user that owns nothing. */
async function asNobody(script: string, stdin = ""): Promise<RunResult> {
  const { tsd } = shared;
  const list = `${tsd.home}/stdin`;
  await Deno.writeTextFile(list, stdin);
  const user = "setpriv --reuid 65534 --regid 65534 --clear-groups";
  return await tsd.shell(`${user} sh -c '${script}' <${list}`, { expect: "any" });
}

/** Gives a volume what Docker's one of that CVE had: a shell that runs as its owner, root. */
async function leaveSetUidProgram(volume: string): Promise<string> {
  const { tsd } = shared;
  const script = "cp /bin/busybox /data/busybox && chmod 4755 /data/busybox && chmod 777 /data";
  const args = ["--rm", "-v", `${volume}:/data`, shared.image("alpine"), "sh", "-c", script];
  await tsd.run(["run", ...args]);
  const { stdout } = await tsd.run(["volume", "inspect", "-f", "{{.Mountpoint}}", volume]);
  return `${stdout.trim()}/busybox`;
}

Deno.test.beforeAll(async () => {
  const { tsd } = shared;
  // As /var/lib and /run are: only what tsd makes is to keep others out.
  await Deno.chmod(dirname(tsd.root), 0o755);
  await Deno.chmod(tsd.runDir, 0o755);
});

Deno.test("CVE-2021-41091: nobody executes a set-user-ID file that a container left in a volume", async () => {
  const { tsd } = shared;
  const program = await leaveSetUidProgram("kept");
  const attack = async () => await asNobody(`${program} id -u`);
  assert.match((await attack()).stderr, /Permission denied/);
  // A root whose mode is the user's own, as that of a disk that is mounted there.
  await Deno.chmod(tsd.root, 0o755);
  assert.match((await attack()).stderr, /Permission denied/);
  // It would be noticed.
  const [volume, volumes] = [dirname(dirname(program)), dirname(dirname(dirname(program)))];
  for (const path of [volume, volumes]) await Deno.chmod(path, 0o755);
  assert.equal((await attack()).code, 0);
  await Deno.chmod(volumes, 0o700);
  await tsd.run(["volume", "rm", "kept"]);
});

for (const remapped of [false, true]) {
  const how = remapped ? "with userns-remap" : "without a user namespace";
  Deno.test(`CVE-2021-41091: a walk of the instance's files as nobody reaches nothing (${how})`, async () => {
    const { tsd } = shared;
    if (remapped) {
      await giveSubordinateIds(tsd, "tsdmap", { first: 200_000, count: 65_536 });
      await tsd.configure({ "userns-remap": "tsdmap" });
    }
    await leaveSetUidProgram("walked");
    const image = shared.image("alpine");
    const options = ["--name", "walked", "-v", "walked:/data", "-v", "/anonymous"];
    const script = "cp /bin/busybox /busybox; chmod 4755 /busybox; exec sleep 1000";
    await tsd.run(["run", "-d", ...options, image, "sh", "-c", script]);
    await tsd.run(["exec", "-d", "walked", "sleep", "1000"]);
    await tsd.run(["cp", "walked:/busybox", `${tsd.home}/copied`]);
    await tsd.run(["cp", `${tsd.home}/copied`, "walked:/copied"]);
    await tsd.run(["commit", "walked", "committed"]);
    await tsd.run(["run", "--rm", "committed", "/busybox", "true"]);
    await Deno.chmod(tsd.root, 0o755);
    const { stdout: paths } = await tsd.shell(`find ${tsd.root} ${tsd.runDir} -mindepth 2`);
    assert.match(paths, /volumes\/walked\/_data\/busybox\n/);
    assert.match(paths, /upper\/busybox\n/);
    const { stdout: reached } = await asNobody(
      'while IFS= read -r path; do ! [ -e "$path" ] || echo "$path"; done',
      paths,
    );
    assert.equal(reached, "");
    // What is directly in them has a name that everybody knows, and nothing to read.
    const { stdout: read } = await asNobody(
      `find ${tsd.root} ${tsd.runDir} -mindepth 1 -maxdepth 1 -readable 2>/dev/null`,
    );
    assert.equal(read, "");
    await tsd.run(["rm", "-fv", "walked"]);
    await tsd.run(["volume", "rm", "walked"]);
    await tsd.run(["rmi", "committed"]);
  });
}

Deno.test("CVE-2021-41091: an upgrade closes what an older version left open", async () => {
  const { tsd } = shared;
  const program = await leaveSetUidProgram("older");
  const open = async () => {
    const volume = dirname(dirname(program));
    for (const path of [tsd.root, dirname(volume), volume, tsd.runDir]) {
      await Deno.chmod(path, 0o711);
    }
    assert.equal((await asNobody(`${program} id -u`)).code, 0);
  };
  await open();
  {
    using database = new DatabaseSync(`${tsd.root}/state.db`);
    const { user_version: version } = database.prepare("PRAGMA user_version").get()!;
    database.exec(`PRAGMA user_version = ${Number(version) - 1}`);
  }
  await tsd.run(["ps"]);
  assert.match((await asNobody(`${program} id -u`)).stderr, /Permission denied/);
  assert.equal((await Deno.stat(tsd.root)).mode! & 0o7777, 0o710);
  // What is opened later, as by a backup that is put back, is closed before a container runs.
  await tsd.run(["system", "shutdown"]);
  await open();
  await tsd.run(["run", "--rm", shared.image("alpine"), "true"]);
  assert.match((await asNobody(`${program} id -u`)).stderr, /Permission denied/);
  assert.equal((await Deno.stat(tsd.runDir)).mode! & 0o7777, 0o700);
  await tsd.run(["volume", "rm", "older"]);
});
