import assert from "node:assert/strict";
import { FixtureRegistry } from "../pull/_registry_fixture.ts";
import { refusal, WritableRegistry } from "./_writable_registry_fixture.ts";
import { MEGABYTE, prepared, push } from "./_prepared_push_fixture.ts";

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
