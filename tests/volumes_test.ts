// deno-lint-ignore-file no-sync-fn-in-async-fn -- a test may wait
import assert from "node:assert/strict";
import { commandsOf } from "./harness/commands.ts";
import { hostCommand } from "./harness/host_command.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine", "configured", "files", "layers40"] });
const { failure, inspect, lines, sh } = commandsOf(shared);

/** The content of a volume, as the host sees it. */
const data = (name: string) => `${shared.tsd.root}/volumes/${name}/_data`;

Deno.test("volumes are created, listed, described and removed as Docker's", async () => {
  assert.deepEqual(await lines("volume", "create", "--label", "a=b", "--label", "c", "data"), [
    "data",
  ]);
  assert.deepEqual(await lines("volume", "create", "data"), ["data"]);
  const [anonymous = ""] = await lines("volume", "create");
  assert.match(anonymous, /^[0-9a-f]{64}$/);
  const [header, ...rows] = await lines("volume", "ls");
  assert.equal(header, "DRIVER    VOLUME NAME");
  assert.deepEqual(rows.sort(), [`local     ${anonymous}`, "local     data"].sort());
  assert.deepEqual(await lines("volume", "ls", "-q", "--filter", "label=a=b"), ["data"]);
  const json = JSON.parse((await lines("volume", "ls", "-f", "name=dat", "--format", "json"))[0]!);
  assert.deepEqual([json.Name, json.Driver, json.Labels, json.Mountpoint], [
    "data",
    "local",
    "a=b,c=",
    data("data"),
  ]);
  const { stdout } = await shared.tsd.run(["volume", "inspect", "data"]);
  const [volume] = JSON.parse(stdout);
  assert.match(volume.CreatedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.deepEqual({ ...volume, CreatedAt: "" }, {
    CreatedAt: "",
    Driver: "local",
    Labels: { a: "b", c: "" },
    Mountpoint: data("data"),
    Name: "data",
    Options: null,
    Scope: "local",
  });
  assert.equal((await shared.tsd.run(["inspect", "data"])).stdout, stdout);
  assert.match(await failure(1, "volume", "rm", "nosuch"), /get nosuch: no such volume/);
  assert.deepEqual(await lines("volume", "rm", "-f", "nosuch", "data"), ["nosuch", "data"]);
  const pruned = await lines("volume", "prune", "-f");
  assert.deepEqual(pruned, ["Deleted Volumes:", anonymous, "", "Total reclaimed space: 0B"]);
});

Deno.test("wrong names, drivers and options are refused in Docker's words", async () => {
  const cases: [args: string[], message: RegExp][] = [
    [["a b"], /"a b" includes invalid characters for a local volume name/],
    [["a"], /volume name is too short/],
    [["-d", "nosuch", "xx"], /create xx: error looking up volume plugin nosuch: .*not found/],
    [["-o", "foo=bar", "xx"], /create xx: invalid option: "foo"/],
    [["-o", "type=tmpfs", "xx"], /create xx: missing required option: "device"/],
  ];
  for (const [args, message] of cases) {
    assert.match(await failure(1, "volume", "create", ...args), message);
  }
  const image = shared.image("alpine");
  const mounts: [args: string[], message: RegExp][] = [
    [["-v", "data:/a", "-v", "other:/a"], /Duplicate mount point: \/a/],
    [["-v", "data:/a", "--tmpfs", "/a"], /Duplicate mount point: \/a/],
    [["-v", "data:/a:rshared"], /field BindOptions must not be specified/],
    [["-v", "/:/a:rshared"], /path \/ is mounted on \/ but it is not a shared mount/],
    [["--mount", "type=bind,src=/nosuch/path,dst=/a"], /bind source path does not exist/],
    [["--mount", "type=nosuch,dst=/a"], /mount type unknown/],
    [["--mount", "type=volume,src=vv,dst=/a,volume-driver=nosuch"], /plugin "nosuch" not found/],
    [["--volumes-from", "nosuch"], /No such container: nosuch/],
    [["--volumes-from", "nosuch:foo"], /invalid mode: foo/],
  ];
  const isRootShared = /^\d+ \d+ \S+ \/ \/ [^-]*shared:/m
    .test(await Deno.readTextFile("/proc/self/mountinfo"));
  for (const [args, message] of mounts) {
    if (isRootShared && args.join(" ").includes("rshared")) continue;
    assert.match(await failure(125, "run", "--rm", ...args, image, "true"), message);
  }
  assert.deepEqual(await lines("volume", "ls", "-q"), []);
});

const LIST = "cd $1 && find . | sort | while read -r file; do " +
  'stat -c "%n %A %u:%g %h %t:%T %Y" "$file"; test -L "$file" && readlink "$file"; ' +
  'test -f "$file" && md5sum < "$file"; done; true';

Deno.test("an empty volume takes over what the image has there, whatever kind of file", async () => {
  const { tsd } = shared;
  const image = shared.image("files");
  const list = async (...options: string[]) =>
    (await tsd.run(["run", "--rm", ...options, image, "sh", "-c", LIST, "sh", "/kinds"])).stdout;
  const original = await list();
  assert(original.split("\n").length > 30, original);
  assert.equal(await list("-v", "kinds:/kinds"), original);
  const show = (command: string, ...args: string[]) => hostCommand(command, args);
  assert.match(await show("getcap", `${data("kinds")}/capable`), /cap_net_raw=ep/);
  assert.match(await show("getfattr", "-d", `${data("kinds")}/attributes`), /user.colour="blue"/);
  const [first, second] = ["first", "second"].map((name) =>
    Deno.statSync(`${data("kinds")}/${name}`).ino
  );
  assert.equal(first, second);
  // Not again, not where something is there, and not where it is not wanted.
  await tsd.run(["run", "--rm", "-v", "kinds:/kinds", image, "rm", "/kinds/old"]);
  assert.doesNotMatch(await list("-v", "kinds:/kinds"), /\.\/old/);
  assert.equal((await list("-v", "none:/kinds:nocopy")).split("\n").length, 2);
  await tsd.run(["volume", "rm", "kinds", "none"]);
});

Deno.test("an empty volume takes over what many layers make of a folder", async () => {
  const { tsd } = shared;
  const image = shared.image("layers40");
  const list = async (...options: string[]) =>
    (await tsd.run(["run", "--rm", ...options, image, "ls", "/files", "/hidden"])).stdout;
  const options = ["-v", "files:/files", "--mount", "type=volume,src=hidden,dst=/hidden"];
  assert.equal(await list(...options), await list());
  assert.deepEqual([...Deno.readDirSync(data("hidden"))].map(({ name }) => name), ["new"]);
  await tsd.run(["volume", "rm", "files", "hidden"]);
});

Deno.test("volumes without a name go with their container where that is asked for", async () => {
  const { tsd } = shared;
  const image = shared.image("configured");
  // The image declares /data.
  const create = ["create", "-v", "/extra", "-v", "named:/named", "--entrypoint", "true"];
  await tsd.run([...create, "--name", "c1", image]);
  const mounts = await inspect<{ Destination: string; Name: string }[]>("c1", ".Mounts");
  assert.deepEqual(mounts.map(({ Destination }) => Destination).sort(), [
    "/data",
    "/extra",
    "/named",
  ]);
  assert.equal((await lines("volume", "ls", "-q")).length, 3);
  await tsd.run(["rm", "c1"]);
  assert.equal((await lines("volume", "ls", "-q")).length, 3);
  await tsd.run(["volume", "prune", "-f"]);
  assert.deepEqual(await lines("volume", "ls", "-q"), ["named"]);
  await tsd.run([...create, "--name", "c2", image]);
  await tsd.run(["rm", "-v", "c2"]);
  assert.deepEqual(await lines("volume", "ls", "-q"), ["named"]);
  await tsd.run(["run", "--rm", "-v", "/extra", "-v", "named:/named", image]);
  assert.deepEqual(await lines("volume", "ls", "-q"), ["named"]);
  // A start that fails leaves none either.
  await tsd.run(["run", "--rm", "--entrypoint", "nosuch", image], { expect: 127 });
  assert.deepEqual(await lines("volume", "ls", "-q"), ["named"]);
  await tsd.run(["volume", "rm", "named"]);
});

Deno.test("a volume in use is not removed", async () => {
  const { tsd } = shared;
  await tsd.run(["create", "--name", "user", "-v", "data:/data", shared.image("alpine"), "true"]);
  const [id] = await lines("ps", "-aq", "--no-trunc", "--filter", "volume=data");
  assert.equal(
    await failure(1, "volume", "rm", "data"),
    `tsd: remove data: volume is in use - [${id}]`,
  );
  assert.match(await failure(1, "volume", "rm", "-f", "data"), /volume is in use/);
  assert.deepEqual(await lines("volume", "prune", "-af"), ["Total reclaimed space: 0B"]);
  assert.deepEqual(await lines("ps", "-aq", "--filter", "volume=/data"), [id!.slice(0, 12)]);
  assert.deepEqual(await lines("volume", "ls", "-q", "--filter", "dangling=true"), []);
  await tsd.run(["rm", "user"]);
  assert.deepEqual(await lines("volume", "rm", "data"), ["data"]);
});

Deno.test("containers with one volume see each other's writes", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const script = "while ! test -e /data/ping; do sleep 0.02; done; echo pong > /data/pong";
  await tsd.run(["run", "-d", "--name", "one", "-v", "data:/data", image, "sh", "-c", script]);
  const other = "touch /shared/ping; while ! test -e /shared/pong; do sleep 0.02; done; " +
    "cat /shared/pong; touch /read-only/x || echo refused";
  const options = ["-v", "data:/shared", "-v", "data:/read-only:ro"];
  assert.equal(await sh(options, `{ ${other}; } 2>/dev/null`), "pong\nrefused\n");
  await tsd.run(["rm", "-f", "one"]);
  await tsd.run(["volume", "rm", "data"]);
});

Deno.test("the same volume created, filled and removed by many at once", async () => {
  const { tsd } = shared;
  const create = () => tsd.run(["volume", "create", "many"]);
  const created = await Promise.all(Array.from({ length: 6 }, create));
  assert(created.every(({ stdout }) => stdout === "many\n"));
  assert.deepEqual(await lines("volume", "ls", "-q"), ["many"]);
  const run = () =>
    tsd.run(["run", "--rm", "-v", "many:/bin", shared.image("alpine"), "sh", "-c", "ls /bin"]);
  const [first, ...others] = await Promise.all(Array.from({ length: 5 }, run));
  assert(first!.stdout.split("\n").length > 100);
  for (const { stdout } of others) assert.equal(stdout, first!.stdout);
  const remove = () => tsd.run(["volume", "rm", "-f", "many"]);
  await Promise.all(Array.from({ length: 4 }, remove));
  assert.deepEqual(await lines("volume", "ls", "-q"), []);
});

Deno.test("a first copy that is killed is done again, and nothing is left of its container", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const list = "ls /bin | wc -l; stat -c %s /bin/busybox";
  const expected = await sh([], list);
  const folder = `${tsd.root}/volumes/killed`;
  for (const names of [1, 20, 200]) {
    const running = tsd.spawn(["run", "--rm", "-v", "killed:/bin", image, "true"]);
    await waitUntil("the copy", () => {
      return Promise.resolve(countNames(`${folder}/_data`) >= names);
    }, { intervalMs: 1 });
    running.kill("SIGKILL");
    await running.finish();
    assert.equal(await sh(["-v", "killed:/bin"], list), expected);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["_data"]);
    await tsd.run(["volume", "rm", "killed"]);
  }
  assert.deepEqual(await lines("ps", "-aq"), []);
});

function countNames(dir: string): number {
  try {
    return [...Deno.readDirSync(dir)].length;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

Deno.test("what happens to volumes is told", async () => {
  const { tsd } = shared;
  const since = String(Date.now() / 1000);
  await tsd.run(["volume", "create", "told"]);
  await sh(["-v", "told:/told"], "true");
  await tsd.run(["volume", "rm", "told"]);
  const { stdout } = await tsd.run([
    ...["events", "--since", since, "--until", "0s", "--filter", "volume=told"],
    ...["--format", "{{.Action}}"],
  ]);
  assert.equal(stdout, "create\nmount\nunmount\ndestroy\n");
});
