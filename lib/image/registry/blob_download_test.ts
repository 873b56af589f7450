import assert from "node:assert/strict";
import {
  blobResponse,
  brokenResponse,
  client,
  config,
  download,
  fakeClock,
  startRegistry,
} from "../_fake_registry_fixture.ts";
import type { Digest } from "../spec/digest.ts";

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

/** Answers with a stream that goes on for ever, a few bytes at a time. */
function drip(bytes: Uint8Array, everyMilliseconds: number): ReadableStream<Uint8Array> {
  let timer: ReturnType<typeof setInterval>;
  return new ReadableStream({
    start: (controller) => {
      timer = setInterval(() => controller.enqueue(bytes), everyMilliseconds);
    },
    cancel: () => clearInterval(timer),
  });
}

Deno.test("RegistryClient.downloadBlob() says that a server fell silent inside a blob", async () => {
  await using registry = await startRegistry(() => {
    const start = (controller: ReadableStreamDefaultController) =>
      controller.enqueue(new Uint8Array(100));
    return new Response(new ReadableStream({ start }));
  });
  const attempts = config({ "max-download-attempts": 2 });
  await using from = client({ config: attempts, idleMilliseconds: 50 });
  await assert.rejects(download(from, registry), /it does not answer in time/);
});

Deno.test("RegistryClient.downloadBlob() goes on elsewhere where a server drips", async () => {
  let drips = 1;
  await using registry = await startRegistry(() => {
    if (drips-- <= 0) return undefined;
    return new Response(drip(registry.content.slice(0, 10), 5));
  });
  const options = { config: config({ "min-download-rate": 10_000 }), idleMilliseconds: 200 };
  await using from = client(options);
  // What has come, the same ten bytes again and again, is kept: its digest is for whoever stores it.
  await from.downloadBlob(registry.reference, registry.layer, () => {});
  assert.equal(registry.seen.length, 2);
  assert.match(registry.seen[1]!.range!, /^bytes=[1-9]\d*-$/);
});

Deno.test("RegistryClient.downloadBlob() gives up a server that only ever drips", async () => {
  await using registry = await startRegistry(() => new Response(drip(new Uint8Array(10), 5)));
  const document = { "max-download-attempts": 2, "min-download-rate": 10_000 };
  await using from = client({ config: config(document), idleMilliseconds: 200 });
  await assert.rejects(
    from.downloadBlob(registry.reference, registry.layer, () => {}),
    /the body came at less than 10000 bytes a second/,
  );
  assert.equal(registry.seen.length, 2);
});

Deno.test("RegistryClient.resolve() waits for no manifest that drips", async () => {
  await using registry = await startRegistry(() => new Response(drip(new Uint8Array(1), 5)));
  const attempts = config({ "max-download-attempts": 1 });
  await using from = client({ config: attempts, idleMilliseconds: 100 });
  await assert.rejects(from.resolve(registry.reference), /at less than 1024 bytes a second/);
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
