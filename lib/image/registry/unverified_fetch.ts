/**
 * HTTPS without verifying the server's certificate, for registries listed as insecure.
 *
 * @module
 */

import type { IncomingMessage } from "node:http";

/** What {@linkcode fetchUnverified} sends. */
export interface UnverifiedRequest {
  /** The method. */
  readonly method: string;
  /** The headers. */
  readonly headers: Headers;
  /** The body, where there is one. */
  readonly body?: Uint8Array | ReadableStream<Uint8Array> | string | undefined;
  /** Ends the request, its body included. */
  readonly signal: AbortSignal;
}

/**
 * Sends an HTTPS request and accepts any certificate; follows no redirects, uses no proxy.
 *
 * `fetch` can only be told to do so for the whole process, by a flag at its start.
 *
 * @param url Where to.
 * @param request What.
 * @returns The answer.
 */
export async function fetchUnverified(url: URL, request: UnverifiedRequest): Promise<Response> {
  // Imported here: they cost 22 ms, and hardly anyone needs them.
  const { request: send } = await import("node:https");
  const { Readable } = await import("node:stream");
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = send(url, {
    method: request.method,
    headers: Object.fromEntries(request.headers),
    rejectUnauthorized: false,
    signal: request.signal,
    agent: false,
  }, resolve);
  outgoing.on("error", reject);
  promise.catch(() => {}); // it is awaited below, but may fail while the body is being sent
  if (request.body instanceof ReadableStream) {
    const { default: { once } } = await import("node:events");
    for await (const chunk of request.body) {
      if (!outgoing.write(chunk)) await once(outgoing, "drain", { signal: request.signal });
    }
  } else if (request.body !== undefined) {
    outgoing.write(request.body);
  }
  outgoing.end();

  const incoming = await promise;
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const status = incoming.statusCode ?? 0;
  const isBodyless = request.method === "HEAD" || [204, 205, 304].includes(status);
  const body = isBodyless ? null : Readable.toWeb(incoming) as ReadableStream<Uint8Array>;
  if (isBodyless) incoming.resume();
  return new Response(body as BodyInit | null, { status, headers });
}
