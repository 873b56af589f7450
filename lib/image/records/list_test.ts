import assert from "node:assert/strict";
import { addImage, digest } from "../_images_fixture.ts";
import { imageHistory } from "./history.ts";
import { matchesPattern } from "./names.ts";
import { inspectImage } from "./inspect.ts";
import { listImages } from "./list.ts";
import { findImage } from "./lookup.ts";
import { FixtureStore } from "../pull/_registry_fixture.ts";
import { familiarName, parseReference } from "../spec/reference.ts";
import { tagImage } from "./tag.ts";

Deno.test("listImages() lists the latest built first, with names, size and containers", async () => {
  await using fixture = new FixtureStore();
  const old = addImage(fixture, { id: "1", layers: ["a", "b"], created: "2020-01-01T00:00:00Z" });
  const now = addImage(fixture, { id: "2", tags: ["b:2", "a"], created: "2021-01-01T00:00:00Z" });
  fixture.addContainer("x", old, "stopped");
  fixture.addContainer("y", old, "running");
  const [first, second] = listImages(fixture.database, {});
  assert.deepEqual([first!.id, second!.id], [now, old]);
  assert.deepEqual(first!.tags.map(familiarName), ["a:latest", "b:2"]);
  assert.deepEqual([first!.containers, second!.containers], [0, 2]);
  assert.deepEqual([second!.size, second!.createdAt], [200, Date.parse("2020-01-01T00:00:00Z")]);
});

Deno.test("listImages() chooses by each filter", async () => {
  await using fixture = new FixtureStore();
  const at = (year: number) => `${year}-06-01T00:00:00Z`;
  const labels = (Labels: Record<string, string>) => ({ config: { Labels } });
  addImage(fixture, { id: "1", created: at(2021), tags: ["host:1/x/app:1"] });
  addImage(fixture, { id: "2", created: at(2022), config: labels({ stage: "test", x: "" }) });
  addImage(fixture, {
    id: "3",
    created: at(2023),
    digests: [`app@${digest("12")}`],
    config: labels({ stage: "live" }),
  });
  addImage(fixture, { id: "4", created: at(2024), tags: ["app:1", "app:2", "tool"] });
  const cases: [filters: Record<string, string[]>, found: string][] = [
    [{}, "4321"],
    [{ dangling: ["true"] }, "32"],
    [{ dangling: ["false"] }, "431"],
    [{ label: ["stage"] }, "32"],
    [{ label: ["stage=test"] }, "2"],
    [{ label: ["stage", "x"] }, "2"],
    [{ label: ["stage=none"] }, ""],
    [{ before: ["app:1"] }, "321"],
    [{ since: ["2"] }, "43"],
    [{ before: ["4"], since: ["1"] }, "32"],
    [{ until: [`${Date.parse("2022-06-02")}`] }, "21"],
    [{ until: [`${Date.now() - 86_400_000}`] }, "4321"],
    [{ reference: ["app"] }, "43"],
    [{ reference: ["app:2"] }, "4"],
    [{ reference: ["*/*/app", "to?l"] }, "41"],
    [{ reference: ["*"] }, "43"],
    [{ reference: ["nosuch*"] }, ""],
  ];
  for (const [filters, found] of cases) {
    const ids = listImages(fixture.database, filters).map(({ id }) => id["sha256:".length]);
    assert.equal(ids.join(""), found, JSON.stringify(filters));
  }
  const [image] = listImages(fixture.database, { reference: ["app:*"] });
  assert.deepEqual(image!.tags.map(familiarName), ["app:1", "app:2"]);
});

Deno.test("listImages() refuses filters that make no sense", async () => {
  await using fixture = new FixtureStore();
  const cases: [filters: Record<string, string[]>, kind: string, message: RegExp][] = [
    [{ nosuch: ["x"] }, "invalid", /^invalid filter 'nosuch': known are before, dangling, label/],
    [{ dangling: ["maybe"] }, "invalid", /^invalid filter 'dangling=maybe'/],
    [{ until: ["soon"] }, "invalid", /^invalid filter 'until=soon'/],
    [{ before: ["nosuch"] }, "notFound", /^No such image: nosuch:latest$/],
  ];
  for (const [filters, kind, message] of cases) {
    assert.throws(() => listImages(fixture.database, filters), { kind, message });
  }
});

Deno.test("matchesPattern() follows Go's path.Match", () => {
  const cases: [name: string, pattern: string, isMatch: boolean][] = [
    ["app:1", "app", true],
    ["app:1", "app:1", true],
    ["app:1", "app:2", false],
    ["app:1", "ap*", true],
    ["a/b:1", "a*", false],
    ["a/b:1", "a/*", true],
    ["a/b:1", "?/[abc]", true],
    ["a/b:1", "?/[^abc]", false],
    ["a.b:1", "a.b", true],
    ["axb:1", "a.b", false],
    ["a-b:1", "a[+--]b", true],
  ];
  for (const [name, pattern, isMatch] of cases) {
    assert.equal(matchesPattern(parseReference(name), pattern), isMatch, `${name} ${pattern}`);
  }
});

Deno.test("tagImage() gives a name, takes it from another image, and refuses digests", async () => {
  await using fixture = new FixtureStore();
  const { database } = fixture;
  addImage(fixture, { id: "1", tags: ["one"] });
  addImage(fixture, { id: "2", tags: ["two"] });
  tagImage(database, "one", "localhost:5000/x");
  assert.equal(findImage(database, "localhost:5000/x:latest").image.id, digest("1"));
  tagImage(database, "2", "one");
  assert.equal(findImage(database, "one").image.id, digest("2"));
  assert.throws(() => tagImage(database, "one", `two@${digest("1")}`), { kind: "invalid" });
  assert.throws(() => tagImage(database, "nosuch", "x"), {
    message: "No such image: nosuch:latest",
  });
});

Deno.test("imageHistory() pairs steps with layers, the last one first", async () => {
  await using fixture = new FixtureStore();
  const id = addImage(fixture, {
    id: "1",
    layers: ["a", "b", "c"],
    tags: ["app:1"],
    config: {
      history: [
        { created: "2024-01-01T00:00:00Z", created_by: "ADD" },
        { created_by: "CMD", empty_layer: true, comment: "none" },
        { created_by: "RUN" },
      ],
    },
  });
  const steps = imageHistory(fixture.database, findImage(fixture.database, "1").image);
  assert.deepEqual(
    steps.map(({ createdBy, size, comment }) => [createdBy, size, comment]),
    // A layer that the history does not tell of comes last.
    [["", 100, ""], ["RUN", 100, ""], ["CMD", 0, "none"], ["ADD", 100, ""]],
  );
  assert.deepEqual(steps.map((step) => step.id), [id, undefined, undefined, undefined]);
  assert.deepEqual(steps[0]!.tags.map(familiarName), ["app:1"]);
  assert.equal(steps[3]!.createdAt, Date.parse("2024-01-01T00:00:00Z"));
});

Deno.test("inspectImage() has Docker's fields", async () => {
  await using fixture = new FixtureStore();
  addImage(fixture, {
    id: "1",
    layers: ["a", "b"],
    tags: ["app:1"],
    digests: [`app@${digest("12")}`],
    created: "2024-01-01T00:00:00.120000000Z",
    config: {
      author: "somebody",
      docker_version: "20.10",
      variant: "v2",
      history: [{ comment: "first" }, { comment: "last" }],
      config: { Cmd: ["sh"], ExposedPorts: { "80/tcp": {} }, Labels: null, StopSignal: "SIGINT" },
    },
  });
  const layers = ["/layers/a", "/layers/b"];
  const { Config, Metadata, ...found } = inspectImage(
    fixture.database,
    findImage(fixture.database, "app:1").image,
    layers,
  );
  assert.deepEqual(found, {
    Id: digest("1"),
    RepoTags: ["app:1"],
    RepoDigests: [`app@${digest("12")}`],
    Parent: "",
    Comment: "last",
    Created: "2024-01-01T00:00:00.12Z",
    DockerVersion: "20.10",
    Author: "somebody",
    Architecture: "amd64",
    Variant: "v2",
    Os: "linux",
    Size: 200,
    GraphDriver: { Name: "overlay", Data: { LowerDir: "/layers/a", UpperDir: "/layers/b" } },
    RootFS: { Type: "layers", Layers: [digest("a"), digest("b")] },
  });
  const { Cmd, Entrypoint, Env, ExposedPorts, Labels, StopSignal, User, WorkingDir } = Config;
  assert.deepEqual([Cmd, Entrypoint, Env, Labels], [["sh"], null, null, null]);
  assert.deepEqual(ExposedPorts, { "80/tcp": {} });
  assert.deepEqual([StopSignal, User, WorkingDir], ["SIGINT", "", ""]);
  assert.match(Metadata.LastTagTime, /^20\d\d-\d\d-\d\dT[\d:.]+Z$/);
});
