import assert from "node:assert/strict";
import type { CredentialSource } from "../registry/credentials.ts";
import { MediaType } from "../spec/manifest.ts";
import { file, FixtureRegistry, FixtureStore } from "../pull/_registry_fixture.ts";
import { parseReference } from "../spec/reference.ts";
import { tagImage } from "../records/tag.ts";
import { refusal, WritableRegistry } from "./_writable_registry_fixture.ts";
import { prepared, push } from "./_prepared_push_fixture.ts";
import type { PushProgress } from "./mod.ts";

Deno.test("pushImage() sends what was pulled, byte for byte", async () => {
  await using registry = new WritableRegistry();
  await using source = new FixtureRegistry();
  const { fixture, name, pushed } = await prepared(registry, source);
  await using _fixture = fixture;
  const reports: PushProgress[] = [];
  const [result] = await push(fixture, name, { onProgress: (report) => reports.push(report) });
  assert.deepEqual(result, {
    id: pushed.id,
    reference: parseReference(name),
    digest: pushed.manifest.digest,
    size: pushed.manifest.size,
  });
  const manifest = registry.manifests.get("team/app:1")!;
  assert.deepEqual(manifest, {
    type: MediaType.ociManifest,
    bytes: source.blob(pushed.manifest),
  });
  for (const layer of pushed.layers) {
    assert.deepEqual(registry.blobs.get(`team/app@${layer.digest}`), source.blob(layer));
  }
  assert.ok(registry.blobs.has(`team/app@${pushed.id}`));
  assert.equal(registry.uploads.size, 0);
  // The large layer as one stream, the small blobs in one request each.
  assert.equal(registry.writes.filter((write) => write.startsWith("PATCH")).length, 1);
  assert.deepEqual(
    registry.seen.filter(({ contentRange }) => contentRange !== null),
    [],
  );
  const [first, ...rest] = reports;
  assert.deepEqual(
    first?.kind === "resolved" && first.layers.map(({ diffId }) => diffId),
    pushed.diffIds.toReversed(),
  );
  assert.deepEqual(rest.at(-1), { kind: "pushed", image: result });
  const ends = rest.flatMap((report) =>
    report.kind === "layer" && report.state !== "pushing" ? [report.state] : []
  );
  assert.deepEqual(ends, ["pushed", "pushed"]);
  const sent = rest.flatMap((report) =>
    report.kind === "layer" && report.state === "pushing" ? [report.sent] : []
  );
  assert.equal(Math.max(...sent), pushed.layers[0]!.size);
});

Deno.test("pushImage() sends nothing twice, and only the manifest of a new tag", async () => {
  await using registry = new WritableRegistry();
  await using source = new FixtureRegistry();
  const { fixture, name } = await prepared(registry, source);
  await using _fixture = fixture;
  await push(fixture, name);
  registry.seen.length = 0;
  tagImage(fixture.database, name, `${registry.host}/team/app:2`);
  const pushed = await push(fixture, `${registry.host}/team/app`, { allTags: true });
  assert.deepEqual(pushed.map(({ reference }) => reference.tag), ["1", "2"]);
  assert.deepEqual(registry.writes, [
    "PUT /v2/team/app/manifests/1",
    "PUT /v2/team/app/manifests/2",
  ]);
  assert.equal(registry.seen.filter(({ method }) => method === "HEAD").length, 6);
});

Deno.test("pushImage() mounts layers from repositories that are known to have them", async () => {
  await using registry = new WritableRegistry();
  await using source = new FixtureRegistry();
  const { fixture, name, pushed } = await prepared(registry, source);
  await using _fixture = fixture;
  await push(fixture, name);
  for (const mounts of [true, false]) {
    registry.mounts = mounts;
    registry.seen.length = 0;
    const other = `${registry.host}/other-${mounts}:1`;
    tagImage(fixture.database, name, other);
    const froms: unknown[] = [];
    await push(fixture, other, {
      onProgress: (report) => {
        if (report.kind === "layer" && report.state === "mounted") froms.push(report.from);
      },
    });
    assert.deepEqual(froms, mounts ? ["team/app", "team/app"] : []);
    const bytes = registry.seen.reduce((sum, { received }) => sum + received, 0);
    const layers = pushed.layers.reduce((sum, { size }) => sum + size, 0);
    assert.equal(bytes > layers, !mounts);
    assert.equal(registry.uploads.size, 0);
    assert.ok(registry.manifests.has(`other-${mounts}:1`));
  }
});

Deno.test("pushImage() says in one line what a registry refuses, and keeps nothing of it", async () => {
  await using registry = new WritableRegistry();
  await using source = new FixtureRegistry();
  const { fixture, name, pushed } = await prepared(registry, source);
  await using _fixture = fixture;
  const denied = "push access denied for HOST/team/app, repository does not exist or may require " +
    "'tsd login'";
  const cases: [step: RegExp, answer: () => Response, kind: string, state: string][] = [
    [/^HEAD/, () => new Response(null, { status: 403 }), "denied", denied],
    [
      /^POST/,
      () => refusal(401, "UNAUTHORIZED"),
      "denied",
      `${denied}: unauthorized: unauthorized`,
    ],
    [/^POST/, () => refusal(403, "DENIED"), "denied", `${denied}: denied: denied`],
    [
      /^POST/,
      () => refusal(405, "UNSUPPORTED"),
      "unavailable",
      "HOST answered blob LAYER with HTTP 405: unsupported: unsupported",
    ],
    [
      /^PATCH/,
      () => refusal(400, "SIZE_INVALID"),
      "unavailable",
      "HOST answered blob LARGE with HTTP 400: size invalid: size invalid",
    ],
    [
      /^PUT .*uploads/,
      () => refusal(400, "DIGEST_INVALID"),
      "unavailable",
      "HOST answered blob LAYER with HTTP 400: digest invalid: digest invalid",
    ],
    [
      /^PUT .*manifests/,
      () => refusal(400, "MANIFEST_INVALID"),
      "unavailable",
      "HOST answered the manifest with HTTP 400: manifest invalid: manifest invalid",
    ],
    [
      /^PUT .*manifests/,
      () => new Response("<html>", { status: 404, headers: { "content-type": "text/html" } }),
      "unavailable",
      "HOST does not answer as a registry (HTTP 404, text/html)",
    ],
  ];
  for (const [step, answer, kind, state] of cases) {
    registry.interference = (request, url) =>
      step.test(`${request.method} ${url.pathname}`) ? answer() : undefined;
    const expected = new RegExp(
      `^Cannot push image "${name}": ${state.replaceAll(/[()]/g, "\\$&")}$`
        .replaceAll("HOST", registry.host)
        .replace("LARGE", pushed.layers[0]!.digest)
        .replace("LAYER", "sha256:[0-9a-f]{64}"),
    );
    await assert.rejects(push(fixture, name), { kind, message: expected });
    assert.equal(registry.manifests.size, 0);
    registry.interference = () => undefined;
    registry.blobs.clear();
  }
  assert.equal(
    fixture.database.get("SELECT 1 FROM repository_digests WHERE repository LIKE '%/team/app'"),
    undefined,
  );
});

Deno.test("pushImage() pushes the manifest of the platform of an index", async () => {
  await using registry = new WritableRegistry();
  await using source = new FixtureRegistry();
  await using fixture = new FixtureStore();
  const arm = { os: "linux", architecture: "arm64" };
  const one = await source.push("many:arm", { layers: [file("a", "a")], platform: arm });
  const { os, architecture } = arm;
  await source.pushIndex("many:1", [[{ os, architecture }, one]]);
  await fixture.pull(`${source.host}/many:1`, { platform: arm });
  const name = `${registry.host}/one:1`;
  tagImage(fixture.database, `${source.host}/many:1`, name);
  const [result] = await push(fixture, name);
  assert.equal(result!.digest, one.manifest.digest);
  assert.deepEqual(registry.manifests.get("one:1")!.bytes, source.blob(one.manifest));
});

Deno.test("pushImage() refuses names that it cannot push, before it asks anybody", async () => {
  await using registry = new WritableRegistry();
  await using source = new FixtureRegistry();
  const { fixture, name } = await prepared(registry, source);
  await using _fixture = fixture;
  const { host } = registry;
  const missing = "An image does not exist locally with the tag:";
  const cases: [name: string, allTags: boolean, kind: string, message: string][] = [
    [`${host}/none`, false, "notFound", `"${host}/none:latest": ${missing} ${host}/none`],
    [`${host}/none`, true, "notFound", `"${host}/none": ${missing} ${host}/none`],
    [
      `${host}/team/app`,
      false,
      "notFound",
      `"${host}/team/app:latest": tag does not exist: ` +
      `${host}/team/app:latest`,
    ],
    [`${name}@sha256:${"0".repeat(64)}`, false, "invalid", "cannot push a digest reference"],
  ];
  for (const [wanted, allTags, kind, message] of cases) {
    await assert.rejects(push(fixture, wanted, { allTags }), (error: Error & { kind: string }) => {
      assert.ok(error.message.includes(message), error.message);
      assert.equal(error.kind, kind);
      return true;
    });
  }
  assert.equal(registry.seen.length, 0);
});

Deno.test("pushImage() fetches a layer that is not stored as it was pulled", async () => {
  await using registry = new WritableRegistry();
  await using source = new FixtureRegistry();
  const { fixture, name, pushed } = await prepared(registry, source);
  await using _fixture = fixture;
  const small = pushed.layers[1]!;
  await Deno.remove(fixture.store.layout.blob(small.digest));
  await push(fixture, name);
  assert.deepEqual(registry.blobs.get(`team/app@${small.digest}`), source.blob(small));
});

Deno.test("pushImage() says which layer is nowhere to be had", async () => {
  await using registry = new WritableRegistry();
  await using source = new FixtureRegistry();
  const { fixture, name, pushed } = await prepared(registry, source);
  await using _fixture = fixture;
  const small = pushed.layers[1]!;
  await Deno.remove(fixture.store.layout.blob(small.digest));
  source.interference = () => new Response("{}", { status: 404 });
  await assert.rejects(push(fixture, name), {
    kind: "notFound",
    message: new RegExp(`the registry does not have layer ${small.digest}`),
  });
  // It is enough that the registry has it.
  registry.blobs.set(`team/app@${small.digest}`, new Uint8Array());
  await push(fixture, name);
  assert.ok(registry.manifests.has("team/app:1"));
});

Deno.test("pushImage() logs in with the credentials of the registry", async () => {
  await using registry = new WritableRegistry();
  await using source = new FixtureRegistry();
  const { fixture, name } = await prepared(registry, source);
  await using _fixture = fixture;
  const credentials: CredentialSource = {
    get: () => Promise.resolve({ kind: "password", username: "alice", password: "secret" }),
  };
  const wanted = `Basic ${btoa("alice:secret")}`;
  registry.interference = (request) =>
    request.headers.get("authorization") === wanted ? undefined : refusal(401, "UNAUTHORIZED", {
      "www-authenticate": 'Basic realm="test"',
    });
  await push(fixture, name, { credentials });
  assert.ok(registry.manifests.has("team/app:1"));
});
