import assert from "node:assert/strict";
import { suite } from "./harness/suite.ts";

const shared = suite({ pull: ["alpine", "configured", "layers40"] });

/** Runs a command of tsd and returns its stdout. */
async function out(...args: string[]): Promise<string> {
  return (await shared.tsd.run(args)).stdout;
}

/** Splits a printed table into its cells, by two or more blanks. */
function cells(table: string): string[][] {
  return table.trimEnd().split("\n").map((line) => line.trim().split(/ {2,}/));
}

const ID = /^[0-9a-f]{12}$/;

Deno.test("images prints a table", async () => {
  const [heading, ...rows] = cells(await out("images"));
  assert.deepEqual(heading?.slice(0, 5), ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"]);
  assert.equal(heading?.length, 6);
  assert.deepEqual(
    rows.map((row) => row[0]?.split("/")[1]).sort(),
    ["alpine", "configured", "layers40"],
  );
  for (const row of rows) {
    assert.equal(row[1], "latest");
    assert.match(row[2] ?? "", ID);
    assert.match(row[3] ?? "", /^\d+ years ago$/);
    assert.match(row[4] ?? "", /^\d(\.\d+)?MB$/);
    assert.equal(row[5], "0");
  }
  assert.equal(await out("image", "ls"), await out("images"));
  assert.equal(await out("image", "list"), await out("images"));
});

Deno.test("images counts the containers that use each image", async () => {
  const image = shared.image("alpine");
  await out("run", "--name", "one", image, "true");
  await out("run", "--name", "two", image, "true");
  const row = cells(await out("images")).find((row) => row[0]?.endsWith("/alpine"));
  assert.equal(row?.[5], "2");
  await out("rm", "one", "two");
});

Deno.test("images -q, --no-trunc and --digests", async () => {
  const short = (await out("images", "-q")).trim().split("\n");
  assert.equal(short.length, 3);
  for (const id of short) assert.match(id, ID);
  const long = (await out("images", "-q", "--no-trunc")).trim().split("\n");
  assert.deepEqual(long.map((id) => id.slice("sha256:".length, 19)), short);
  const [heading, row] = cells(await out("images", "--digests"));
  assert.equal(heading?.[2], "DIGEST");
  assert.match(row?.[2] ?? "", /^sha256:[0-9a-f]{64}$/);
});

Deno.test("images shows one repository or what a filter leaves", async () => {
  const { host } = shared.registry;
  const names = (...args: string[]) => out("images", "--format", "{{.Repository}}", ...args);
  assert.equal(await names(`${host}/alpine`), `${host}/alpine\n`);
  assert.equal(await names(`${host}/alpine:other`), "");
  assert.equal(await names("--filter", "reference=*/conf*"), `${host}/configured\n`);
  assert.equal(await names("--filter", "label=org.example.answer=42"), `${host}/configured\n`);
  assert.equal(await names("--filter", "label=org.example.nothing"), "");
  assert.equal(await names("--filter", "dangling=true"), "");
});

Deno.test("--format takes Docker's templates", async () => {
  const { host } = shared.registry;
  const image = shared.image("configured");
  const inspect = (format: string) => out("inspect", "--format", format, image);
  const cases = [
    ["{{.Os}}/{{.Architecture}}", "linux/amd64"],
    ["{{json .Config.Cmd}}", '["default","arguments"]'],
    ['{{join .Config.Entrypoint "+"}}', "/bin/echo+entry"],
    ["{{len .RootFS.Layers}} {{index .RootFS.Layers 0 | len}}", "1 71"],
    ['{{index .Config.Labels "org.example.answer"}}', "42"],
    ["{{range .Config.Env}}[{{.}}]{{end}}", `[${PATH}][COLOUR=blue][EMPTY=]`],
    ["{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{end}}", LABELS],
    ['{{if eq .Config.User "app"}}yes{{else}}no{{end}}', "yes"],
    ["{{upper .Config.User}} {{lower .Config.StopSignal}}", "APP sigusr1"],
    ["{{println .Os}}", "linux\n"],
    ["{{.RepoTags}}", `[${host}/configured:latest]`],
  ] as const;
  for (const [format, expected] of cases) {
    assert.equal(await inspect(format), `${expected}\n`, format);
  }
  const table = cells(await out("images", "--format", "table {{.Repository}}\t{{.Tag}}", image));
  assert.deepEqual(table, [["REPOSITORY", "TAG"], [`${host}/configured`, "latest"]]);
  const line = JSON.parse(await out("images", "--format", "json", image));
  assert.deepEqual([line.Repository, line.Tag], [`${host}/configured`, "latest"]);
});

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const LABELS = "org.example.answer=42;org.example.name=configured;";

Deno.test("inspect prints Docker's fields of an image", async () => {
  const image = shared.image("configured");
  const text = await out("inspect", image);
  assert.equal(await out("image", "inspect", image), text);
  const [found, ...more] = JSON.parse(text);
  assert.equal(more.length, 0);
  assert.match(found.Id, /^sha256:[0-9a-f]{64}$/);
  assert.deepEqual(found.RepoTags, [image]);
  assert.equal(found.RepoDigests.length, 1);
  assert.match(found.RepoDigests[0], /^127\.0\.0\.1:\d+\/configured@sha256:[0-9a-f]{64}$/);
  assert.equal(found.Created, "2023-11-14T22:13:20Z");
  assert.deepEqual([found.Os, found.Architecture], ["linux", "amd64"]);
  assert.equal(found.RootFS.Type, "layers");
  assert.match(found.RootFS.Layers[0], /^sha256:[0-9a-f]{64}$/);
  assert.ok(found.Size > 1_000_000 && found.Size < 5_000_000, `${found.Size}`);
  const { User, WorkingDir, Cmd, Entrypoint, StopSignal, Volumes, Labels, ExposedPorts } =
    found.Config;
  assert.deepEqual([User, WorkingDir, StopSignal], ["app", "/srv/work", "SIGUSR1"]);
  assert.deepEqual([Entrypoint, Cmd], [["/bin/echo", "entry"], ["default", "arguments"]]);
  assert.deepEqual(Volumes, { "/data": {} });
  assert.deepEqual(ExposedPorts, { "80/tcp": {}, "53/udp": {} });
  assert.equal(Labels["org.example.name"], "configured");
});

Deno.test("an image is found by ID, ID prefix and digest", async () => {
  const image = shared.image("alpine");
  const id = (await out("inspect", "-f", "{{.Id}}", image)).trim();
  const digest = (await out("inspect", "-f", "{{index .RepoDigests 0}}", image)).trim();
  const hex = id.slice("sha256:".length);
  for (const name of [id, hex, hex.slice(0, 12), hex.slice(0, 4), digest]) {
    assert.equal((await out("inspect", "-f", "{{.Id}}", name)).trim(), id, name);
    assert.equal(await out("run", "--rm", name, "echo", "ran"), "ran\n", name);
  }
});

Deno.test("inspect prints what it finds and fails for the rest", async () => {
  const args = ["inspect", "nosuch", shared.image("alpine"), "neither"];
  const { stdout, stderr } = await shared.tsd.run(args, { expect: 1 });
  assert.equal(JSON.parse(stdout).length, 1);
  assert.match(stderr, /No such object: nosuch\n[^]*No such object: neither\n/);
});

Deno.test("history lists the layers, newest first", async () => {
  const image = shared.image("layers40");
  const [heading, ...rows] = cells(await out("history", image));
  assert.deepEqual(heading, ["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"]);
  assert.equal(rows.length, 40);
  assert.match(rows[0]?.[0] ?? "", ID);
  assert.deepEqual(rows[0]?.slice(2, 3), ["tsd test layer 39"]);
  assert.equal(rows[1]?.[0], "<missing>");
  assert.match(rows[39]?.[3] ?? "", /MB$/);
  const steps = await out("history", "--format", "{{.CreatedBy}}", image);
  assert.ok(steps.startsWith("tsd test layer 39\ntsd test layer 38\n"));
});

Deno.test("tag gives a second name; rmi untags, then deletes", async () => {
  const image = shared.image("configured");
  const id = (await out("inspect", "-f", "{{.Id}}", image)).trim();
  assert.equal(await out("tag", image, "mine:v1"), "");
  await out("tag", id.slice(7, 19), "localhost:5000/deep/er/name");
  const names = await out("images", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}");
  for (const name of ["mine:v1", "localhost:5000/deep/er/name:latest"]) {
    assert.ok(names.includes(`${name} ${id.slice(7, 19)}\n`), names);
  }
  assert.equal(await out("rmi", "mine:v1"), "Untagged: mine:v1\n");
  await out("rmi", "localhost:5000/deep/er/name");
  await out("tag", image, "last:one");
  assert.match(await out("rmi", image), /^Untagged: .*configured:latest\n/);
  const gone = await out("rmi", "last:one");
  assert.ok(gone.startsWith("Untagged: last:one\n"), gone);
  assert.ok(gone.includes(`Deleted: ${id}\n`), gone);
  await shared.tsd.run(["inspect", id], { expect: 1 });
  await out("pull", "-q", image);
});

Deno.test("rmi refuses an image that containers use; -f removes its name", async () => {
  const image = shared.image("configured");
  await out("run", "--name", "user", "--entrypoint", "true", image);
  const { stderr } = await shared.tsd.run(["rmi", image], { expect: 1 });
  assert.match(stderr, /container [0-9a-f]{12}|container "?user/);
  const shown = () => out("ps", "-a", "--format", "{{.Image}}");
  assert.equal(await shown(), `${image}\n`);
  assert.match(await out("rmi", "-f", image), /^Untagged: /);
  // The name stands for nothing any more.
  assert.match(await shown(), /^[0-9a-f]{12}\n$/);
  await out("rm", "user");
  await out("pull", "-q", image);
});

Deno.test("rmi tries every name and keeps layers others share", async () => {
  const { tsd } = shared;
  const image = shared.image("configured");
  const { stdout, stderr } = await tsd.run(["rmi", "nosuch", image], { expect: 1 });
  assert.match(stderr, /No such image: nosuch:latest/);
  assert.match(stdout, /Untagged: .*configured:latest/);
  // Its only layer is that of alpine too.
  assert.equal(
    await out("run", "--rm", shared.image("alpine"), "cat", "/etc/platform"),
    "linux/amd64\n",
  );
  await out("pull", "-q", image);
});

Deno.test("image prune removes what has no name, -a what has no container", async () => {
  const image = shared.image("configured");
  const id = (await out("inspect", "-f", "{{.Id}}", image)).trim();
  await out("run", "--name", "keeps", shared.image("alpine"), "true");
  assert.equal(await out("image", "prune", "-f"), "Total reclaimed space: 0B\n");
  const pruned = await out("image", "prune", "-af");
  assert.ok(pruned.startsWith("Deleted Images:\n"), pruned);
  assert.ok(pruned.includes(`deleted: ${id}\n`), pruned);
  assert.match(pruned, /\nTotal reclaimed space: [\d.]+[kM]?B\n$/);
  assert.equal(
    await out("images", "--format", "{{.Repository}}"),
    `${shared.registry.host}/alpine\n`,
  );
  await out("rm", "keeps");
  await out("image", "prune", "-a", "-f");
  assert.equal(await out("images", "-q"), "");
  const layers = await Array.fromAsync(Deno.readDir(`${shared.tsd.root}/layers`));
  const blobs = await Array.fromAsync(Deno.readDir(`${shared.tsd.root}/blobs/sha256`));
  assert.deepEqual([layers, blobs], [[], []]);
});
