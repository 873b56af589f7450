import assert from "node:assert/strict";
import { parseConfig } from "../../config.ts";
import type { CredentialSource } from "../credentials.ts";
import { MediaType } from "../manifest.ts";
import { file, FixtureRegistry, FixtureStore, largeFile } from "../pull/_registry_fixture.ts";
import { parseReference } from "../reference.ts";
import { tagImage } from "../tag.ts";
import { refusal, WritableRegistry } from "./_writable_registry_fixture.ts";
import { type PushedImage, pushImage, type PushImageOptions, type PushProgress } from "./mod.ts";

const MEGABYTE = 1024 * 1024;

/** A store with `host/app:1`, of a large layer and a small one, ready to be pushed. */
async function prepared(
  registry: WritableRegistry,
  source: FixtureRegistry,
  bytes = 2 * MEGABYTE,
): Promise<{
  fixture: FixtureStore;
  name: string;
  pushed: Awaited<ReturnType<FixtureRegistry["push"]>>;
}> {
  const fixture = new FixtureStore();
  const pushed = await source.push("app:1", {
    layers: [largeFile("large", bytes), file("small", "small")],
  });
  await fixture.pull(`${source.host}/app:1`);
  const name = `${registry.host}/team/app:1`;
  tagImage(fixture.database, `${source.host}/app:1`, name);
  return { fixture, name, pushed };
}

async function push(
  fixture: FixtureStore,
  name: string,
  options: Partial<PushImageOptions> = {},
): Promise<PushedImage[]> {
  return await pushImage({
    store: fixture.store,
    config: parseConfig('{"max-download-attempts": 3}', "test"),
    reference: parseReference(name),
    allTags: false,
    ...options,
  });
}

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

Deno.test("pushImage() goes on where a broken upload came to", async () => {
  await using registry = new WritableRegistry();
  await using source = new FixtureRegistry();
  const { fixture, name, pushed } = await prepared(registry, source, 20 * MEGABYTE);
  await using _fixture = fixture;
  registry.breakAfter = 7 * MEGABYTE;
  await push(fixture, name);
  const patches = registry.seen.filter(({ method }) => method === "PATCH");
  const { size } = pushed.layers[0]!;
  const chunk = 8 * MEGABYTE;
  assert.deepEqual(patches.map(({ contentRange }) => contentRange), [
    null,
    `${7 * MEGABYTE}-${7 * MEGABYTE + chunk - 1}`,
    `${7 * MEGABYTE + chunk}-${size - 1}`,
  ]);
  assert.equal(patches.reduce((sum, { received }) => sum + received, 0), size);
  assert.ok(registry.blobs.has(`team/app@${pushed.layers[0]!.digest}`));
});

Deno.test("pushImage() begins an upload again that the registry has lost", async () => {
  await using registry = new WritableRegistry();
  await using source = new FixtureRegistry();
  const { fixture, name } = await prepared(registry, source, 20 * MEGABYTE);
  await using _fixture = fixture;
  registry.breakAfter = MEGABYTE;
  registry.interference = (request) => {
    if (request.method !== "GET") return undefined;
    registry.uploads.clear();
    return refusal(416, "RANGE_INVALID");
  };
  await push(fixture, name);
  assert.ok(registry.manifests.has("team/app:1"));
  const ranges = registry.seen.filter(({ method }) => method === "PATCH")
    .map(({ contentRange }) => contentRange);
  assert.equal(ranges[1], `0-${8 * MEGABYTE - 1}`);
});

Deno.test("pushImage() does not send a blob again whose last answer was lost", async () => {
  await using registry = new WritableRegistry();
  await using source = new FixtureRegistry();
  const { fixture, name, pushed } = await prepared(registry, source);
  await using _fixture = fixture;
  const large = pushed.layers[0]!;
  let lost = 0;
  registry.interference = (request, url) => {
    const isLarge = url.searchParams.get("digest") === large.digest;
    if (request.method !== "PUT" || !isLarge || lost++ > 0) return undefined;
    const [id, content] = [...registry.uploads].at(-1)!;
    registry.uploads.delete(id);
    registry.blobs.set(`team/app@${large.digest}`, content);
    return refusal(502, "UNKNOWN");
  };
  await push(fixture, name);
  assert.equal(lost, 1);
  assert.equal(registry.seen.filter(({ method }) => method === "PATCH").length, 1);
});

Deno.test("pushImage() sends chunks where a whole blob is too large for one request", async () => {
  await using registry = new WritableRegistry();
  await using source = new FixtureRegistry();
  const { fixture, name } = await prepared(registry, source, 20 * MEGABYTE);
  await using _fixture = fixture;
  registry.interference = async (request) => {
    const isStream = request.method === "PATCH" && !request.headers.has("content-range");
    if (!isStream) return undefined;
    await request.body?.cancel();
    return new Response("<html>too large</html>", {
      status: 413,
      headers: { "content-type": "text/html" },
    });
  };
  await push(fixture, name);
  assert.ok(registry.manifests.has("team/app:1"));
  const chunks = registry.seen.filter(({ contentRange }) => contentRange !== null);
  assert.equal(chunks.length, 3);
});

Deno.test("pushImage() sends chunks of the size a registry asks for", async () => {
  await using registry = new WritableRegistry();
  await using source = new FixtureRegistry();
  const { fixture, name, pushed } = await prepared(registry, source, 20 * MEGABYTE);
  await using _fixture = fixture;
  registry.leastChunk = 15 * MEGABYTE;
  await push(fixture, name);
  const chunks = registry.seen.filter(({ method }) => method === "PATCH");
  const { size } = pushed.layers[0]!;
  assert.deepEqual(chunks.map(({ received }) => received), [15 * MEGABYTE, size - 15 * MEGABYTE]);
});

Deno.test("pushImage() tries again what may pass", async () => {
  await using registry = new WritableRegistry();
  await using source = new FixtureRegistry();
  const { fixture, name } = await prepared(registry, source);
  await using _fixture = fixture;
  const met = new Map<string, number>();
  registry.interference = (request, url) => {
    const step = `${request.method} ${
      url.pathname.replace(/\/(uploads|blobs|manifests)\/.+/, "/$1/")
    }`;
    const count = (met.get(step) ?? 0) + 1;
    met.set(step, count);
    return count === 1 ? refusal(503, "UNAVAILABLE") : undefined;
  };
  const retried: string[] = [];
  await push(fixture, name, {
    onProgress: (report) => report.kind === "retrying" && retried.push(report.subject),
  });
  assert.ok(registry.manifests.has("team/app:1"));
  assert.ok(retried.includes("manifest"), `${retried}`);
  assert.ok(met.size >= 5, `${[...met.keys()]}`);
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

Deno.test("pushImage() ends uploads that it gives up", async () => {
  await using registry = new WritableRegistry();
  await using source = new FixtureRegistry();
  const { fixture, name } = await prepared(registry, source);
  await using _fixture = fixture;
  const stop = new AbortController();
  const reason = new Error("enough");
  registry.interference = (request) => {
    if (request.method === "PATCH") stop.abort(reason);
    return undefined;
  };
  await assert.rejects(push(fixture, name, { signal: stop.signal }), reason);
  assert.ok(registry.writes.some((write) => write.startsWith("DELETE")), `${registry.writes}`);
  assert.equal(registry.manifests.size, 0);
});

Deno.test("pushImage() gets a new token when one ends half-way", async () => {
  await using registry = new WritableRegistry();
  await using source = new FixtureRegistry();
  const { fixture, name } = await prepared(registry, source);
  await using _fixture = fixture;
  const scopes = new Set<string | null>();
  let valid = 1;
  let issued = 0;
  const realm = `http://${registry.host}/token`;
  registry.interference = (request, url) => {
    if (url.pathname === "/token") {
      scopes.add(url.searchParams.get("scope"));
      return Response.json({ token: `token-${valid}-${issued++}` });
    }
    // The token ends between the upload's beginning and its content.
    if (request.method === "PATCH" && valid === 1) valid = 2;
    if (request.headers.get("authorization")?.startsWith(`Bearer token-${valid}-`)) {
      return undefined;
    }
    const challenge = `Bearer realm="${realm}",service="test"`;
    return refusal(401, "UNAUTHORIZED", { "www-authenticate": challenge });
  };
  await push(fixture, name);
  assert.ok(registry.manifests.has("team/app:1"));
  assert.deepEqual([...scopes], ["repository:team/app:pull,push"]);
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
