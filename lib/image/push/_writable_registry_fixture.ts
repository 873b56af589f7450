/**
 * A registry on loopback that takes pushes and can be told to misbehave, for the tests.
 *
 * @module
 */

import { digestOf } from "../spec/digest.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A request as the registry saw it. */
export interface SeenPush {
  method: string;
  /** Path and query, without what names an upload. */
  target: string;
  contentRange: string | null;
  authorization: string | null;
  /** Bytes of its body that arrived. */
  received: number;
}

/** Answers a request instead of the registry, or leaves it to the registry. */
export type PushInterference = (
  request: Request,
  url: URL,
  registry: WritableRegistry,
) => Response | undefined | Promise<Response | undefined>;

/** A registry in memory that keeps what is pushed into it. */
export class WritableRegistry implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** Blobs by `repository@digest`. */
  readonly blobs = new Map<string, Bytes>();
  /** Manifests by `repository:tag`. */
  readonly manifests = new Map<string, { type: string; bytes: Bytes }>();
  /** Uploads that are not complete, by their number. */
  readonly uploads = new Map<string, Bytes>();
  /** The requests, in their order. */
  readonly seen: SeenPush[] = [];
  /** Answers instead of the registry. */
  interference: PushInterference = () => undefined;
  /** After how many bytes of its body the next PATCH breaks off. */
  breakAfter: number | undefined;
  /** What it asks chunks to have at least. */
  leastChunk: number | undefined;
  /** Whether it lets blobs of other repositories be mounted. */
  mounts = true;

  /** Starts the registry on a free port. */
  constructor() {
    const { signal } = this.#stop;
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, onError, signal };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
  }

  /** `127.0.0.1:PORT`. */
  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  /** Methods and targets of the requests but those that ask for something. */
  get writes(): string[] {
    return this.seen.filter(({ method }) => method !== "HEAD" && method !== "GET")
      .map(({ method, target }) => `${method} ${target}`);
  }

  /** Stops the registry. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#server.finished;
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const seen: SeenPush = {
      method: request.method,
      target: (url.pathname + url.search).replace(/\/uploads\/\d+/, "/uploads/N"),
      contentRange: request.headers.get("content-range"),
      authorization: request.headers.get("authorization"),
      received: 0,
    };
    this.seen.push(seen);
    const interfered = await this.interference(request, url, this);
    if (interfered) return interfered;
    const [, repository, kind, rest] =
      /^\/v2\/(.+?)\/(manifests|blobs\/uploads|blobs)\/(.*)$/.exec(url.pathname) ?? [];
    if (kind === "manifests") return await this.#putManifest(`${repository}:${rest}`, request);
    if (kind === "blobs") {
      return new Response(null, { status: this.blobs.has(`${repository}@${rest}`) ? 200 : 404 });
    }
    if (rest === "") return this.#begin(repository!, url);
    return await this.#upload(repository!, rest!, request, url, seen);
  }

  async #putManifest(name: string, request: Request): Promise<Response> {
    const bytes = new Uint8Array(await request.arrayBuffer());
    this.manifests.set(name, { type: request.headers.get("content-type")!, bytes });
    return new Response(null, { status: 201 });
  }

  #begin(repository: string, url: URL): Response {
    const digest = url.searchParams.get("mount");
    const blob = this.blobs.get(`${url.searchParams.get("from")}@${digest}`);
    if (blob && this.mounts) {
      this.blobs.set(`${repository}@${digest}`, blob);
      return new Response(null, { status: 201 });
    }
    const id = String(this.seen.length);
    this.uploads.set(id, new Uint8Array());
    return this.#uploadState(202, repository, id);
  }

  async #upload(
    repository: string,
    id: string,
    request: Request,
    url: URL,
    seen: SeenPush,
  ): Promise<Response> {
    const before = this.uploads.get(id);
    if (before === undefined) return refusal(404, "BLOB_UPLOAD_UNKNOWN");
    if (request.method === "GET") return this.#uploadState(204, repository, id);
    if (request.method === "DELETE") {
      this.uploads.delete(id);
      return new Response(null, { status: 204 });
    }
    const from = Number(/^(\d+)-/.exec(seen.contentRange ?? "")?.[1] ?? before.length);
    if (from !== before.length) return refusal(416, "RANGE_INVALID");
    const limit = request.method === "PATCH" ? this.breakAfter : undefined;
    const body = await readBody(request, limit);
    seen.received = body.length;
    const content = concatenate(before, body);
    this.uploads.set(id, content);
    if (limit !== undefined) {
      this.breakAfter = undefined;
      return refusal(500, "UNKNOWN");
    }
    if (request.method === "PATCH") return this.#uploadState(202, repository, id);
    const digest = url.searchParams.get("digest");
    this.uploads.delete(id);
    if (await digestOf(content) !== digest) return refusal(400, "DIGEST_INVALID");
    this.blobs.set(`${repository}@${digest}`, content);
    return new Response(null, { status: 201 });
  }

  #uploadState(status: number, repository: string, id: string): Response {
    const { length } = this.uploads.get(id)!;
    const headers = new Headers({
      location: `/v2/${repository}/blobs/uploads/${id}?state=${length}`,
      range: `0-${Math.max(0, length - 1)}`,
    });
    if (this.leastChunk) headers.set("oci-chunk-min-length", String(this.leastChunk));
    return new Response(null, { status, headers });
  }
}

/** A refusal as registries word it. */
export function refusal(status: number, code: string, headers: HeadersInit = {}): Response {
  const message = code.toLowerCase().replaceAll("_", " ");
  return Response.json({ errors: [{ code, message }] }, { status, headers });
}

async function readBody(request: Request, limit = Infinity): Promise<Bytes> {
  let bytes = new Uint8Array();
  for await (const chunk of request.body ?? []) {
    bytes = concatenate(bytes, chunk.subarray(0, limit - bytes.length));
    if (bytes.length >= limit) break;
  }
  return bytes;
}

function concatenate(one: Uint8Array, other: Uint8Array): Bytes {
  const result = new Uint8Array(one.length + other.length);
  result.set(one);
  result.set(other, one.length);
  return result;
}

// A handler that throws is a broken test; without this the runtime would print and answer 500.
function onError(error: unknown): Response {
  return new Response(String(error), { status: 500 });
}
