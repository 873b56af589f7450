import assert from "node:assert/strict";
import {
  blobResponse,
  brokenResponse,
  config,
  fakeClock,
  type FakeRegistry,
  refusal,
  startRegistry,
} from "./fake_registry_test.ts";
import { type Digest, digestOf } from "./digest.ts";
import { parseReference } from "./reference.ts";
import { RegistryClient, type RegistryClientOptions } from "./registry_client.ts";
import type { RetryEvent } from "./retry.ts";

const anonymous = { get: () => Promise.resolve(undefined) };

function client(options: Partial<RegistryClientOptions> = {}): RegistryClient {
  return new RegistryClient({
    config: config(),
    clock: fakeClock(),
    credentials: anonymous,
    ...options,
  });
}

/** Downloads the fake registry's layer, and checks that it arrived whole. */
async function download(from: RegistryClient, registry: FakeRegistry, offset = 0): Promise<void> {
  const parts: Uint8Array<ArrayBuffer>[] = [registry.content.subarray(0, offset)];
  await from.downloadBlob(
    registry.reference,
    registry.layer,
    (chunk) => void parts.push(chunk.slice()),
    { offset },
  );
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  assert.equal(await digestOf(bytes), registry.layer.digest);
}

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

Deno.test("RegistryClient.downloadBlob() resumes where connections break off", async () => {
  let cuts = 0;
  await using registry = await startRegistry((request) => {
    const begin = Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
    if (!request.url.includes("/blobs/") || cuts++ >= 3) return undefined;
    const rest = registry.content.subarray(begin);
    const cut = brokenResponse(rest, 500_000);
    const headers = new Headers(cut.headers);
    if (begin === 0) return cut;
    headers.set("content-range", `bytes ${begin}-${registry.content.length - 1}/*`);
    return new Response(cut.body, { status: 206, headers });
  });
  const clock = fakeClock();
  await using from = client({ clock });
  await download(from, registry);
  const ranges = registry.seen.map(({ range }) => range);
  assert.equal(ranges[0], null);
  assert.equal(ranges.length, 4);
  assert(ranges.slice(1).every((range) => /^bytes=\d+-$/.test(range!)), String(ranges));
  assert.deepEqual(clock.delays, [250, 500, 1000]);
});

Deno.test("RegistryClient.downloadBlob() goes on after an earlier process", async () => {
  await using registry = await startRegistry();
  await using from = client();
  await download(from, registry, 1_234_567);
  assert.deepEqual(registry.seen.map(({ range }) => range), ["bytes=1234567-"]);
  await download(from, registry, registry.content.length);
  assert.equal(registry.seen.length, 1, "a blob that is there is not asked for");
});

Deno.test("RegistryClient.downloadBlob() skips what it has where ranges are unknown", async () => {
  let answer = (): Response | undefined => undefined;
  await using registry = await startRegistry((request) =>
    request.headers.has("range") ? answer() : blobResponse(registry.content, null)
  );
  const wrongTotal = { "content-range": "bytes 1000-1999/2000" };
  for (
    const given of [
      () => blobResponse(registry.content, null),
      () => new Response("", { status: 416 }),
      () => new Response("x", { status: 206 }),
      () => new Response("x", { status: 206, headers: wrongTotal }),
      () => blobResponse(registry.content, "bytes=5-"),
    ]
  ) {
    answer = given;
    await using from = client();
    await download(from, registry, 1000);
  }
});

Deno.test("RegistryClient.downloadBlob() refuses a blob of another length", async () => {
  let length = 0;
  let isStated = false;
  await using registry = await startRegistry(() => {
    const content = new Uint8Array(length);
    return new Response(isStated ? content : new Blob([content]).stream());
  });
  const { layer: { digest, size }, host } = registry;
  const cases: [isStated: boolean, length: number, tries: number, state: string][] = [
    [true, size - 1, 1, `it has ${size - 1} bytes, not ${size}`],
    [true, size + 1, 1, `it has ${size + 1} bytes, not ${size}`],
    [false, 10, 5, `it ended after 10 of ${size} bytes`],
    [false, size + 1, 1, `it has more than its ${size} bytes`],
  ];
  for (const [given, bytes, tries, state] of cases) {
    length = bytes;
    isStated = given;
    registry.seen.length = 0;
    await using from = client();
    let received = 0;
    const sink = (chunk: Uint8Array) => void (received += chunk.length);
    await assert.rejects(from.downloadBlob(registry.reference, registry.layer, sink), {
      kind: "unavailable",
      message: `Cannot fetch blob ${digest} from ${host}: ${state}`,
    });
    assert.equal(registry.seen.length, tries);
    assert(received <= size);
    if (given) assert.equal(received, 0, "nothing of it is taken for content");
  }
});

Deno.test("RegistryClient.downloadBlob() does not try again what the sink refused", async () => {
  await using registry = await startRegistry();
  await using from = client();
  const full = new Error("no space left on device");
  const sink = () => Promise.reject(full);
  await assert.rejects(from.downloadBlob(registry.reference, registry.layer, sink), full);
  assert.equal(registry.seen.length, 1);
});

Deno.test("RegistryClient.downloadBlob() tries again where a server falls silent", async () => {
  let isSilent = true;
  await using registry = await startRegistry(() => {
    if (!isSilent) return undefined;
    isSilent = false;
    const start = (controller: ReadableStreamDefaultController) =>
      controller.enqueue(registry.content.slice(0, 100_000));
    return new Response(new ReadableStream({ start }));
  });
  await using from = client({ idleMilliseconds: 50 });
  await download(from, registry);
  assert.equal(registry.seen[1]?.range, "bytes=100000-");
});

Deno.test("RegistryClient.downloadBlob() ends with the signal's reason", async () => {
  await using registry = await startRegistry();
  await using from = client();
  const controller = new AbortController();
  const sink = () => controller.abort(new Error("interrupted"));
  const { signal } = controller;
  await assert.rejects(
    from.downloadBlob(registry.reference, registry.layer, sink, { signal }),
    { message: "interrupted" },
  );
});

Deno.test("RegistryClient.openBlob() gives the content and where it begins", async () => {
  await using registry = await startRegistry();
  await using from = client();
  const { stream, offset } = await from.openBlob(registry.reference, registry.layer, 3_000_000);
  assert.equal(offset, 3_000_000);
  const bytes = new Uint8Array(await new Response(stream as BodyInit).arrayBuffer());
  assert.deepEqual(bytes, registry.content.subarray(3_000_000));
  const missing = { ...registry.layer, digest: `sha256:${"0".repeat(64)}` as Digest };
  await assert.rejects(from.openBlob(registry.reference, missing), {
    kind: "notFound",
    message: `Cannot pull image "${registry.host}/test:latest": ${registry.host} answered blob ` +
      `${missing.digest} with HTTP 404: blob unknown: blob unknown`,
  });
});

Deno.test("RegistryClient.readBlob() verifies size and digest", async () => {
  let isForged = false;
  await using registry = await startRegistry((_request, url) =>
    isForged && url.pathname.includes("/blobs/")
      ? new Response(registry.content.map((byte) => byte ^ 1))
      : undefined
  );
  await using from = client();
  const { reference, layer, content } = registry;
  assert.deepEqual(await from.readBlob(reference, layer, content.length), content);
  await assert.rejects(from.readBlob(reference, layer, 1000), {
    message: `Cannot pull image "${registry.host}/test:latest": blob ${layer.digest} has ` +
      `${content.length} bytes, more than the 1000 that are allowed`,
  });
  isForged = true;
  await assert.rejects(from.readBlob(reference, layer, content.length), {
    message: new RegExp(`: blob ${layer.digest} has digest sha256:[0-9a-f]{64}, not `),
  });
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
