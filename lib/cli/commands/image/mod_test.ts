import assert from "node:assert/strict";
import { addImage, digest } from "../../../image/_images_fixture.ts";
import { file, FixtureRegistry, FixtureStore } from "../../../image/pull/_registry_fixture.ts";
import { runCommandLine } from "../../command_line/mod.ts";
import { createTextOutput } from "../../text_output.ts";
import { COMMANDS, GROUPS } from "../mod.ts";

const REGISTRY = { program: "tsd", version: "1", summary: "x", groups: GROUPS, commands: COMMANDS };

/** Runs a command line on a store, as if typed by root. */
async function run(
  { root }: FixtureStore,
  args: string[],
  input = "",
): Promise<{ code: number; stdout: string; stderr: string }> {
  const chunks: Record<"stdout" | "stderr", string> = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr") =>
    createTextOutput({
      writeSync: (bytes) => {
        chunks[name] += new TextDecoder().decode(bytes);
        return bytes.length;
      },
      isTerminal: () => false,
    });
  const code = await runCommandLine(REGISTRY, ["--root", root, ...args], {
    stdout: output("stdout"),
    stderr: output("stderr"),
    stdin: { readable: new Response(input).body!, isTerminal: () => false },
    signal: new AbortController().signal,
    env: () => undefined,
    terminalSize: () => undefined,
  });
  return { code, ...chunks };
}

/** Runs a command line that must succeed; gives what it printed. */
async function out(fixture: FixtureStore, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(fixture, args);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  return stdout;
}

const options = { ignore: Deno.uid() !== 0 };

Deno.test("pull prints Docker's lines", options, async () => {
  await using registry = new FixtureRegistry();
  await using fixture = new FixtureStore();
  const { manifest, layers } = await registry.push("a/app:latest", { layers: [file("a", "a")] });
  const name = `${registry.host}/a/app`;
  const layer = layers[0]!.digest.slice("sha256:".length, 19);
  const lines = (await out(fixture, "pull", name)).split("\n");
  const tail = (status: string) => [
    `Digest: ${manifest.digest}`,
    `Status: ${status} ${name}:latest`,
    `${name}:latest`,
    "",
  ];
  assert.deepEqual(lines.slice(0, 3), [
    "Using default tag: latest",
    "latest: Pulling from a/app",
    `${layer}: Pulling fs layer`,
  ]);
  assert.deepEqual(lines.slice(-5), [
    `${layer}: Pull complete`,
    ...tail("Downloaded newer image for"),
  ]);
  assert.deepEqual((await out(fixture, "image", "pull", `${name}:latest`)).split("\n"), [
    "latest: Pulling from a/app",
    ...tail("Image is up to date for"),
  ]);
  assert.equal(await out(fixture, "pull", "-q", name), `${name}:latest\n`);
  const exact = `${name}@${manifest.digest}`;
  assert.equal((await out(fixture, "pull", exact)).split("\n").at(-2), exact);
});

Deno.test("images prints a row for each tag, for each digest on request", options, async () => {
  await using fixture = new FixtureStore();
  addImage(fixture, {
    id: "1",
    layers: ["a"],
    tags: ["app:1", "app:2", "other:1"],
    digests: [`app@${digest("12")}`],
  });
  addImage(fixture, { id: "2", digests: [`old@${digest("34")}`], created: "2023-01-01T00:00:00Z" });
  addImage(fixture, { id: "3", created: "" });
  fixture.addContainer("x", digest("1"), "stopped");
  const table = (await out(fixture, "images")).trimEnd().split("\n")
    .map((line) => line.split(/ {2,}/));
  assert.deepEqual(table[0], [
    "REPOSITORY",
    "TAG",
    "IMAGE ID",
    "CREATED",
    "SIZE",
    "CONTAINERS",
  ]);
  assert.deepEqual(
    table.slice(1).map(([name, tag, id, created, size, containers]) =>
      [name, tag, id!.slice(0, 2), created!.replace(/^\d+/, "N"), size, containers].join(" ")
    ),
    [
      "app 1 10 N years ago 100B 1",
      "app 2 10 N years ago 100B 1",
      "other 1 10 N years ago 100B 1",
      "old <none> 20 N years ago 0B 0",
      "<none> <none> 30 N/A 0B 0",
    ],
  );
  const format = "{{.Repository}} {{.Tag}} {{.Digest}}";
  assert.deepEqual((await out(fixture, "image", "ls", "--format", format)).trim().split("\n"), [
    `app 1 ${digest("12")}`,
    `app 2 ${digest("12")}`,
    "other 1 <none>",
    `old <none> ${digest("34")}`,
    "<none> <none> <none>",
  ]);
  assert.match(await out(fixture, "images", "--digests"), /^REPOSITORY +TAG +DIGEST +IMAGE ID +/);
  assert.equal(await out(fixture, "images", "-q", "app:2"), "100000000000\n");
  assert.equal(await out(fixture, "images", "-q", "--no-trunc", "app:2"), `${digest("1")}\n`);
  assert.equal(
    await out(fixture, "images", "-f", "dangling=true", "-f", "before=app:1", "-q"),
    "200000000000\n300000000000\n",
  );
  const wrong = await run(fixture, ["images", "--filter", "dangling"]);
  assert.equal(wrong.code, 125);
  assert.match(wrong.stderr, /invalid filter: it must be NAME=VALUE/);
});

Deno.test("rmi removes what it can and fails for the rest", options, async () => {
  await using fixture = new FixtureStore();
  addImage(fixture, { id: "1", layers: ["a"], tags: ["app:1"] });
  const { code, stdout, stderr } = await run(fixture, ["rmi", "nosuch", "app:1", "other"]);
  assert.equal(code, 1);
  assert.equal(stdout, `Untagged: app:1\nDeleted: ${digest("1")}\nDeleted: ${digest("a")}\n`);
  assert.equal(stderr, "tsd: No such image: nosuch:latest\ntsd: No such image: other:latest\n");
  assert.equal((await run(fixture, ["rmi", "-f", "nosuch"])).code, 0);
  assert.deepEqual(fixture.entries("layers", "trash"), []);
});

Deno.test("tag, history and image inspect work on a tagged image", options, async () => {
  await using fixture = new FixtureStore();
  const long = `RUN ${"x".repeat(60)}`;
  const history = [{ created: "2024-01-02T03:04:05Z", created_by: long, comment: "why" }];
  addImage(fixture, { id: "1", layers: ["a"], tags: ["app:1"], config: { history } });
  assert.equal(await out(fixture, "tag", "app:1", "second"), "");
  const [heading, row] = (await out(fixture, "history", "second")).split("\n");
  assert.match(heading!, /^IMAGE +CREATED +CREATED BY +SIZE +COMMENT$/);
  assert.match(row!, /^100000000000 +\d+ years ago +RUN x{40}… +100B +why$/);
  const exact = await out(
    fixture,
    "history",
    "--no-trunc",
    "-H=false",
    "--format",
    "json",
    "app:1",
  );
  const { CreatedSince, ...step } = JSON.parse(exact);
  assert.equal(Date.parse(CreatedSince), Date.parse("2024-01-02T03:04:05Z"));
  assert.deepEqual([step.ID, step.CreatedBy, step.Size], [digest("1"), long, "100"]);
  const inspected = JSON.parse(await out(fixture, "image", "inspect", "1"));
  assert.deepEqual(inspected[0].RepoTags, ["app:1", "second:latest"]);
  const found = await run(fixture, ["image", "inspect", "-f", "{{.Id}}", "nosuch", "second"]);
  assert.deepEqual(found, {
    code: 1,
    stdout: `${digest("1")}\n`,
    stderr: "tsd: No such image: nosuch:latest\n",
  });
});

Deno.test("image prune asks first", options, async () => {
  await using fixture = new FixtureStore();
  addImage(fixture, { id: "1", layers: ["a"], digests: [`app@${digest("12")}`] });
  addImage(fixture, { id: "2", tags: ["kept"] });
  for (const answer of ["n\n", "", "yess\n"]) {
    const { code, stdout } = await run(fixture, ["image", "prune"], answer);
    assert.equal(code, 0);
    assert.equal(
      stdout,
      "WARNING! This will remove all dangling images.\n" +
        "Are you sure you want to continue? [y/N] ",
    );
  }
  const { stdout } = await run(fixture, ["image", "prune"], "y\n");
  assert.equal(
    stdout.split("[y/N] ")[1],
    `Deleted Images:\nuntagged: app@${digest("12")}\ndeleted: ${digest("1")}\n` +
      `deleted: ${digest("a")}\n\nTotal reclaimed space: 123B\n`,
  );
  assert.equal(await out(fixture, "image", "prune", "-f"), "Total reclaimed space: 0B\n");
  assert.match(await out(fixture, "image", "prune", "-af"), /\nuntagged: kept:latest\n/);
});
