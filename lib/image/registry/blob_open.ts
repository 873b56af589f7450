/**
 * Opens a blob at one server, from some offset on.
 *
 * @module
 */

import type { OpenBlob } from "./blob_download.ts";
import type { Descriptor } from "../spec/manifest.ts";
import { type FetchTarget, pullScope } from "./manifest_fetch.ts";
import { RegistryError, responseError } from "./error.ts";

/**
 * Opens a blob.
 *
 * @param target Whom to ask.
 * @param descriptor The blob.
 * @param offset Where to begin.
 * @returns The content from there on, or from before it where the server does not know ranges.
 * @throws {RegistryError} There is none, or it cannot be fetched.
 */
export async function openBlobAt(
  target: FetchTarget,
  descriptor: Descriptor,
  offset: number,
): Promise<OpenBlob> {
  const { endpoint, reference, signal } = target;
  const { host } = endpoint;
  const response = await target.http.request(endpoint, {
    method: "GET",
    path: `/v2/${reference.repository}/blobs/${descriptor.digest}`,
    headers: offset > 0 ? { range: `bytes=${offset}-` } : {},
    scopes: [pullScope(reference)],
    signal,
  });
  const begin = response.status === 200 ? 0 : rangeBegin(response, descriptor.size);
  if (begin !== undefined && begin <= offset) {
    await checkLength(response, target, descriptor, begin);
    return { body: response.body, offset: begin, host };
  }
  if (offset > 0 && (response.status === 206 || response.status === 416)) {
    // The server misunderstands ranges: take the blob from its beginning.
    await response.body?.cancel();
    return await openBlobAt(target, descriptor, 0);
  }
  const task = { verb: "pull", reference, object: `blob ${descriptor.digest}`, host };
  throw await responseError(response, task, target.now());
}

/** Recognises a page that stands in for the blob before any of it is taken for content. */
async function checkLength(
  { headers, body }: Response,
  { endpoint: { host } }: FetchTarget,
  { digest, size }: Descriptor,
  begin: number,
): Promise<void> {
  const length = headers.get("content-length");
  if (length === null || headers.has("content-encoding") || Number(length) === size - begin) return;
  await body?.cancel();
  throw new RegistryError(
    `Cannot fetch blob ${digest} from ${host}: it has ${begin + Number(length)} bytes, not ${size}`,
    { kind: "unavailable", persistence: "final" },
  );
}

/** Reads `Content-Range: bytes 100-199/200`; a total that contradicts the size makes it useless. */
function rangeBegin({ status, headers }: Response, size: number): number | undefined {
  const header = headers.get("content-range") ?? "";
  const [, begin, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header) ?? [];
  if (status !== 206 || begin === undefined) return undefined;
  return total === "*" || Number(total) === size ? Number(begin) : undefined;
}
