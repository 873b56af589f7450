import assert from "node:assert/strict";
import {
  blobResponse,
  brokenResponse,
  client,
  config,
  download,
  fakeClock,
  refusal,
  startRegistry,
} from "../_fake_registry_fixture.ts";
import { type Digest, digestOf } from "../spec/digest.ts";
import { parseReference } from "../spec/reference.ts";
import type { RetryEvent } from "./retry.ts";

Deno.test("RegistryClient.resolve() gives the manifest of a tag or a digest", async () => {
  await using registry = await startRegistry();
  await using from = client();
  const expected = {
    descriptor: {
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest: registry.digest,
      size: registry.manifest.length,
    },
    bytes: registry.manifest,
  };
  assert.deepEqual(await from.resolve(registry.reference), expected);
  const byDigest = parseReference(`${registry.host}/test:any@${registry.digest}`);
  assert.deepEqual(await from.resolve(byDigest), expected);
  assert.deepEqual(await from.manifest(registry.reference, registry.digest), registry.manifest);
});

Deno.test("RegistryClient.resolve() refuses content with another digest", async () => {
  const other = `sha256:${"0".repeat(64)}` as Digest;
  await using registry = await startRegistry((_request, url) => {
    if (url.pathname.endsWith(other)) return new Response("{}");
    return url.pathname.endsWith("stated")
      ? new Response("{}", { headers: { "docker-content-digest": other } })
      : undefined;
  });
  await using from = client();
  const found = await digestOf(new TextEncoder().encode("{}"));
  for (const suffix of [`@${other}`, ":stated"]) {
    const name = `${registry.host}/test${suffix}`;
    await assert.rejects(from.resolve(parseReference(name)), {
      kind: "unavailable",
      message: `Cannot pull image "${name}": ${registry.host}'s manifest has digest ${found}, ` +
        `not ${other}`,
    });
  }
  await assert.rejects(from.manifest(registry.reference, other), { kind: "unavailable" });
  const { digest, manifest: { length } } = registry;
  await assert.rejects(
    from.manifest(registry.reference, { mediaType: "", digest, size: length + 1 }),
    { message: new RegExp(`manifest ${digest} has ${length} bytes, not ${length + 1}$`) },
  );
});

Deno.test("RegistryClient.resolve() puts refusals into Docker's words", async () => {
  let answer = (): Response => new Response();
  await using registry = await startRegistry(() => answer());
  const { host } = registry;
  const name = `${host}/test`;
  const html = { "content-type": "text/html; charset=utf-8" };
  const cases: [answer: () => Response, kind: string, state: string][] = [
    [
      () => refusal(404, "MANIFEST_UNKNOWN"),
      "notFound",
      `manifest for ${name}:latest not found: manifest unknown: manifest unknown`,
    ],
    [
      () => new Response("", { status: 404 }),
      "notFound",
      `manifest for ${name}:latest not found: manifest unknown: manifest unknown`,
    ],
    [
      () => refusal(404, "NAME_UNKNOWN"),
      "notFound",
      `repository ${name} not found: name unknown: name unknown`,
    ],
    [
      () => refusal(401, "UNAUTHORIZED"),
      "denied",
      `pull access denied for ${name}, repository does not exist or may require 'tsd login': ` +
      "unauthorized: unauthorized",
    ],
    [
      () => refusal(403, "DENIED"),
      "denied",
      `pull access denied for ${name}, repository does not exist or may require 'tsd login': ` +
      "denied: denied",
    ],
    [
      () => new Response("<html>", { headers: html }),
      "unavailable",
      `${host} does not answer as a registry (HTTP 200, text/html)`,
    ],
    [
      () => new Response("<html>", { status: 404, headers: html }),
      "unavailable",
      `${host} does not answer as a registry (HTTP 404, text/html)`,
    ],
    [
      () => new Response("hello"),
      "unavailable",
      `${host} does not answer as a registry (HTTP 200, text/plain)`,
    ],
    [
      () => new Response("x".repeat(5 * 1024 * 1024)),
      "unavailable",
      "its manifest has more than 4194304 bytes",
    ],
    [
      () => Response.json({ schemaVersion: 1 }),
      "invalid",
      `what ${host} has under this name is not an image this program can use`,
    ],
    [
      () =>
        new Response(
          `{"errors":[{"code":"DENIED","message":"a\\u001b[2J\\n${"b".repeat(400)}"}]}`,
          {
            status: 400,
          },
        ),
      "denied",
      `pull access denied for ${name}, repository does not exist or may require 'tsd login': ` +
      `denied: a [2J ${"b".repeat(286)}…`,
    ],
    [
      () => new Response("x".repeat(1_000_000), { status: 418 }),
      "unavailable",
      `${host} answered manifest with HTTP 418`,
    ],
  ];
  for (const [given, kind, state] of cases) {
    answer = given;
    await using from = client();
    await assert.rejects(from.resolve(registry.reference), {
      kind,
      message: `Cannot pull image "${name}:latest": ${state}`,
    });
  }
});

Deno.test("RegistryClient.resolve() says that a registry is down, at once", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const host = `127.0.0.1:${listener.addr.port}`;
  listener.close();
  const clock = fakeClock();
  await using from = client({ clock });
  await assert.rejects(from.resolve(parseReference(`${host}/test`)), {
    kind: "unavailable",
    message: `Cannot reach registry "${host}": connection refused`,
  });
  assert.deepEqual(clock.delays, []);
  await assert.rejects(from.resolve(parseReference(`nonexistent.invalid/test`)), {
    kind: "unavailable",
    message: 'Cannot reach registry "nonexistent.invalid": no such host',
  });
});

Deno.test("RegistryClient retries 429 and 5xx, honouring Retry-After", async () => {
  await using registry = await startRegistry((_request, _url, count) => {
    if (count === 1) return refusal(429, "TOOMANYREQUESTS", { "retry-after": "7" });
    const date = "Thu, 01 Jan 2026 00:01:00 GMT";
    if (count === 2) return new Response("busy", { status: 503, headers: { "retry-after": date } });
    return count === 3 ? new Response("", { status: 500 }) : undefined;
  });
  const clock = fakeClock();
  const events: RetryEvent[] = [];
  await using from = client({ clock, onRetry: (event) => events.push(event) });
  assert.equal((await from.resolve(registry.reference)).descriptor.digest, registry.digest);
  assert.deepEqual(clock.delays, [7000, 60_000, 1000]);
  assert.deepEqual(events.map(({ subject, failures }) => [subject, failures]), [
    [`${registry.host}/test:latest`, 1],
    [`${registry.host}/test:latest`, 2],
    [`${registry.host}/test:latest`, 3],
  ]);
});

Deno.test("RegistryClient gives up after the attempts of the configuration", async () => {
  await using registry = await startRegistry(() => refusal(503, "UNAVAILABLE"));
  await using from = client({ config: config({ "max-download-attempts": 2 }) });
  await assert.rejects(from.resolve(registry.reference), {
    kind: "unavailable",
    message: `Cannot pull image "${registry.host}/test:latest": ${registry.host} answered ` +
      "manifest with HTTP 503: unavailable: unavailable",
  });
  assert.equal(registry.seen.length, 2);
});

Deno.test("RegistryClient asks mirrors first, and goes on where they fail", async () => {
  await using registry = await startRegistry();
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const down = `http://127.0.0.1:${listener.addr.port}`;
  listener.close();
  let mode: "missing" | "forged" | "broken" | "good" = "missing";
  await using mirror = await startRegistry((request, url) => {
    if (mode === "missing") return refusal(404, "MANIFEST_UNKNOWN");
    if (mode === "forged") return Response.json({ schemaVersion: 2, manifests: [] });
    if (url.pathname.includes("/manifests/")) return new Response(registry.manifest);
    return mode === "broken"
      ? brokenResponse(registry.content, 1_000_000)
      : blobResponse(registry.content, request.headers.get("range"));
  });
  const settings = config({
    mirrors: { [registry.host]: [down, `http://${mirror.host}/prefix`] },
  });
  const byDigest = parseReference(`${registry.host}/test@${registry.digest}`);
  for (const given of ["missing", "forged", "broken", "good"] as const) {
    mode = given;
    mirror.seen.length = registry.seen.length = 0;
    const clock = fakeClock();
    await using from = client({ config: settings, clock });
    assert.equal((await from.resolve(byDigest)).descriptor.digest, registry.digest);
    await download(from, registry);
    assert.deepEqual(clock.delays, [], "a mirror is not waited for");
    assert.equal(mirror.seen[0]?.path, `/prefix/v2/test/manifests/${registry.digest}`);
    const kinds = registry.seen.map(({ path }) => path.split("/")[3]);
    const expected = { missing: ["manifests", "blobs"], forged: ["manifests", "blobs"] };
    assert.deepEqual(kinds, { ...expected, broken: ["blobs"], good: [] }[given], given);
    if (given === "broken") assert.match(registry.seen[0]!.range!, /^bytes=\d+-$/);
  }
});
