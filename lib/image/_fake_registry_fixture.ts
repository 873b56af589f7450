/**
 * A registry on loopback for the tests, which can be told to misbehave.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parseConfig } from "../config.ts";
import type { Config } from "../config.ts";
import { type Digest, digestOf } from "./spec/digest.ts";
import { type Descriptor, MediaType } from "./spec/manifest.ts";
import { parseReference, type Reference } from "./spec/reference.ts";
import { RegistryClient, type RegistryClientOptions } from "./registry/client.ts";
import type { Clock } from "./registry/retry.ts";

/** A request as the registry saw it. */
export interface SeenRequest {
  method: string;
  path: string;
  authorization: string | null;
  range: string | null;
}

/** Answers a request instead of the registry, or leaves it to the registry. */
export type Intercept = (
  request: Request,
  url: URL,
  count: number,
) => Response | undefined | Promise<Response | undefined>;

/** A running registry with one image, `test:latest`. */
export interface FakeRegistry extends AsyncDisposable {
  host: string;
  seen: SeenRequest[];
  reference: Reference;
  manifest: Uint8Array<ArrayBuffer>;
  digest: Digest;
  layer: Descriptor;
  content: Uint8Array<ArrayBuffer>;
}

/** Starts a registry; `intercept` sees each request first. */
export async function startRegistry(
  intercept: Intercept = () => undefined,
  tls: { cert: string; key: string } | Record<string, never> = {},
): Promise<FakeRegistry> {
  const content = new Uint8Array(3 * 1024 * 1024);
  for (let at = 0; at < content.length; at += 65536) {
    crypto.getRandomValues(content.subarray(at, at + 65536));
  }
  const config = new TextEncoder().encode(
    `{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}`,
  );
  const blobs = new Map([[await digestOf(content), content], [await digestOf(config), config]]);
  const layer: Descriptor = {
    mediaType: MediaType.ociLayerGzip,
    digest: await digestOf(content),
    size: content.length,
  };
  const manifest = new TextEncoder().encode(JSON.stringify({
    schemaVersion: 2,
    mediaType: MediaType.ociManifest,
    config: {
      mediaType: MediaType.ociConfig,
      digest: await digestOf(config),
      size: config.length,
    },
    layers: [layer],
  }));
  const digest = await digestOf(manifest);
  const seen: SeenRequest[] = [];
  const stop = new AbortController();
  const { signal } = stop;
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {}, onError, signal, ...tls },
    async (request) => {
      const url = new URL(request.url);
      seen.push({
        method: request.method,
        path: url.pathname,
        authorization: request.headers.get("authorization"),
        range: request.headers.get("range"),
      });
      return await intercept(request, url, seen.length) ?? serve(request, url);
    },
  );
  const serve = (request: Request, url: URL): Response => {
    const [, kind, name] = /\/(manifests|blobs)\/([^/]+)$/.exec(url.pathname) ?? [];
    if (kind === "manifests" && (name === "latest" || name === digest)) {
      const headers = { "content-type": MediaType.ociManifest, "docker-content-digest": digest };
      return new Response(manifest, { headers });
    }
    const blob = kind === "blobs" ? blobs.get(name as Digest) : undefined;
    if (blob !== undefined) return blobResponse(blob, request.headers.get("range"));
    return refusal(404, kind === "manifests" ? "MANIFEST_UNKNOWN" : "BLOB_UNKNOWN");
  };
  const host = `127.0.0.1:${server.addr.port}`;
  return {
    host,
    seen,
    reference: parseReference(`${host}/test`),
    manifest,
    digest,
    layer,
    content,
    [Symbol.asyncDispose]: async () => {
      // shutdown() would wait for the client's idle connections.
      stop.abort();
      await server.finished;
    },
  };
}

/** A blob, or the range of it that was asked for. */
export function blobResponse(blob: Uint8Array<ArrayBuffer>, range: string | null): Response {
  const begin = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? -1);
  if (begin < 0) return new Response(blob);
  const headers = { "content-range": `bytes ${begin}-${blob.length - 1}/${blob.length}` };
  return new Response(blob.subarray(begin), { status: 206, headers });
}

/** A refusal as registries word it. */
export function refusal(status: number, code: string, headers: HeadersInit = {}): Response {
  const message = code.toLowerCase().replaceAll("_", " ");
  return Response.json({ errors: [{ code, message }] }, { status, headers });
}

/** The beginning of a blob whose connection then breaks off. */
export function brokenResponse(blob: Uint8Array, length: number): Response {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(new Uint8Array(blob.subarray(0, length)));
    },
    pull(controller) {
      controller.error(new Error("cut"));
    },
  });
  return new Response(body, { headers: { "content-length": String(blob.length) } });
}

/** A clock whose delays take no time and are written down. */
export function fakeClock(): Clock & { delays: number[] } {
  const delays: number[] = [];
  return {
    delays,
    now: () => Date.UTC(2026, 0, 1),
    random: () => 0,
    delay: (milliseconds, signal) => {
      delays.push(milliseconds);
      signal?.throwIfAborted();
      return Promise.resolve();
    },
  };
}

/** A configuration as from a file. */
export function config(document: Record<string, unknown> = {}): Config {
  return parseConfig(JSON.stringify(document), "config.json");
}

const anonymous = { get: () => Promise.resolve(undefined) };

/** A client that asks without credentials, and waits for nothing. */
export function client(options: Partial<RegistryClientOptions> = {}): RegistryClient {
  return new RegistryClient({
    config: config(),
    clock: fakeClock(),
    credentials: anonymous,
    ...options,
  });
}

/** Downloads the fake registry's layer, and checks that it arrived whole. */
export async function download(
  from: RegistryClient,
  registry: FakeRegistry,
  offset = 0,
): Promise<void> {
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

// A handler that throws is a broken test; without this the runtime would print and answer 500.
function onError(error: unknown): Response {
  return new Response(String(error), { status: 500 });
}
