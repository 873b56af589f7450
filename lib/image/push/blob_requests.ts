/**
 * The single requests that a blob's upload is made of.
 *
 * @module
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#push
 */

import type { BodySource } from "../registry/http_transport.ts";
import type { Digest } from "../spec/digest.ts";
import type { Descriptor } from "../spec/manifest.ts";
import { RegistryError } from "../registry/error.ts";
import { type PushRequest, type PushTarget, refusal, send, sendExpecting } from "./target.ts";

/** An upload a registry has begun. */
export interface UploadSession {
  /** Where the next request goes; each answer may name another place. */
  readonly location: string;
  /** How many bytes the registry has. */
  readonly offset: number;
  /** The least bytes of a chunk but the last. */
  readonly leastChunk: number;
}

/** Some bytes of a blob, from the offset of the session on. */
export interface BlobPiece {
  /** The bytes: in memory, or all that are left as a stream. */
  readonly body: Uint8Array<ArrayBuffer> | BodySource;
  /** How many they are. */
  readonly length: number;
}

/** Thrown where a registry does not know an upload any more; it has to be begun again. */
export class LostUploadError extends RegistryError {
  /** The class's name, as `Error.prototype.name` is. */
  override readonly name: string = "LostUploadError";
}

/** Thrown where something on the way does not let so many bytes pass in one request. */
export class TooLargeError extends RegistryError {
  /** The class's name, as `Error.prototype.name` is. */
  override readonly name: string = "TooLargeError";
}

/**
 * Asks whether the repository has a blob.
 *
 * @param target The repository.
 * @param descriptor The blob.
 * @returns Whether it has.
 * @throws {RegistryError} It does not say.
 */
export async function hasBlob(target: PushTarget, { digest }: Descriptor): Promise<boolean> {
  const path = `/v2/${target.reference.repository}/blobs/${digest}`;
  const request: PushRequest = { method: "HEAD", path, object: `blob ${digest}` };
  const response = await send(target, request);
  await response.body?.cancel();
  if (response.status === 404) return false;
  if (response.status === 200) return true;
  throw await refusal(target, request, response);
}

/**
 * Asks for a blob of another repository of the registry.
 *
 * @param target The repository.
 * @param digest The blob.
 * @param from The other repository.
 * @returns True where it was mounted; the upload that the registry has begun instead; or undefined
 * where it refuses.
 */
export async function mountBlob(
  target: PushTarget,
  digest: Digest,
  from: string,
): Promise<true | UploadSession | undefined> {
  const query = new URLSearchParams({ mount: digest, from });
  const request: PushRequest = {
    method: "POST",
    path: `${uploadsPath(target)}?${query}`,
    object: `blob ${digest}`,
    scopes: [`repository:${from}:pull`],
  };
  let response: Response;
  try {
    response = await send(target, request);
  } catch (error) {
    // No token for the other repository: it is not ours to read.
    if (error instanceof RegistryError && error.persistence === "final") return undefined;
    throw error;
  }
  await response.body?.cancel();
  if (response.status === 201) return true;
  return response.status === 202 ? nextSession(target, request, response, 0) : undefined;
}

/**
 * Begins an upload.
 *
 * @param target The repository.
 * @param digest The blob.
 * @returns The upload.
 * @throws {RegistryError} The registry refuses.
 */
export async function beginUpload(target: PushTarget, digest: Digest): Promise<UploadSession> {
  const request: PushRequest = {
    method: "POST",
    path: uploadsPath(target),
    object: `blob ${digest}`,
  };
  return nextSession(target, request, await sendExpecting(target, request, 202), 0);
}

/**
 * Sends the next bytes of a blob.
 *
 * @param target The repository.
 * @param session The upload.
 * @param digest The blob.
 * @param piece The bytes.
 * @returns The upload after them.
 * @throws {RegistryError} They did not arrive.
 */
export async function sendPiece(
  target: PushTarget,
  session: UploadSession,
  digest: Digest,
  { body, length }: BlobPiece,
): Promise<UploadSession> {
  const headers: Record<string, string> = { "content-type": "application/octet-stream" };
  const end = session.offset + length;
  // A whole blob in one stream is sent as Docker sends it, which every registry understands.
  if (typeof body !== "function") headers["content-range"] = `${session.offset}-${end - 1}`;
  const request: PushRequest = {
    method: "PATCH",
    path: session.location,
    headers,
    body,
    object: `blob ${digest}`,
  };
  const response = await accepted(target, request, 202, 201, 204);
  return nextSession(target, request, response, rangeEnd(response) ?? end, session);
}

/**
 * Ends an upload: the registry verifies the digest and stores the blob.
 *
 * @param target The repository.
 * @param session The upload.
 * @param digest The blob.
 * @param body All of the blob, where nothing of it has been sent.
 * @throws {RegistryError} The registry refuses.
 */
export async function finishUpload(
  target: PushTarget,
  session: UploadSession,
  digest: Digest,
  body: Uint8Array<ArrayBuffer> = new Uint8Array(),
): Promise<void> {
  // Appended as it is: what the registry has put there may be signed.
  const separator = session.location.includes("?") ? "&" : "?";
  const path = `${session.location}${separator}digest=${encodeURIComponent(digest)}`;
  const headers = { "content-type": "application/octet-stream" };
  const object = `blob ${digest}`;
  await accepted(target, { method: "PUT", path, headers, body, object }, 201, 204);
}

/**
 * Asks how far an upload has come.
 *
 * @param target The repository.
 * @param session The upload.
 * @param digest The blob.
 * @returns The upload as it is, or undefined where the registry does not know it any more.
 */
export async function resumeUpload(
  target: PushTarget,
  session: UploadSession,
  digest: Digest,
): Promise<UploadSession | undefined> {
  const request: PushRequest = {
    method: "GET",
    path: session.location,
    object: `blob ${digest}`,
  };
  const response = await send(target, request);
  await response.body?.cancel();
  const { status } = response;
  // 416: Docker's registry goes on only from where it told before, and so not after a broken request.
  const isKnown = status === 204 || status === 200 || status === 202;
  if (!isKnown) return undefined;
  return nextSession(target, request, response, rangeEnd(response) ?? 0, session);
}

/**
 * Tells the registry that an upload will not be completed.
 *
 * @param target The repository.
 * @param session The upload.
 * @param digest The blob.
 */
export async function cancelUpload(
  target: PushTarget,
  session: UploadSession,
  digest: Digest,
): Promise<void> {
  const path = session.location;
  const response = await send({ ...target, signal: AbortSignal.timeout(CANCEL_MILLISECONDS) }, {
    method: "DELETE",
    path,
    object: `blob ${digest}`,
  });
  await response.body?.cancel();
}

const CANCEL_MILLISECONDS = 2_000;
const LOST_CODES: readonly string[] = ["blob upload unknown", "blob upload invalid"];

/** Sends a request of an upload; tells an upload that was lost from one that is refused. */
async function accepted(
  target: PushTarget,
  request: PushRequest,
  ...statuses: number[]
): Promise<Response> {
  const response = await send(target, request);
  const { status } = response;
  if (statuses.includes(status)) {
    await response.body?.cancel();
    return response;
  }
  const error = await refusal(target, request, response);
  const { message, code } = error;
  if (status === 413) {
    throw new TooLargeError(message, { kind: "unavailable", persistence: "final" });
  }
  const isLost = status === 404 || status === 416 || LOST_CODES.includes(code ?? "");
  if (!isLost) throw error;
  throw new LostUploadError(message, { kind: "unavailable", persistence: "transient" });
}

function nextSession(
  target: PushTarget,
  { object }: PushRequest,
  response: Response,
  offset: number,
  before?: UploadSession,
): UploadSession {
  const location = target.http.location(target.endpoint, response) ?? before?.location;
  if (location === undefined) {
    throw new RegistryError(
      `Cannot push ${object}: ${target.endpoint.host} does not say where to send it`,
      { kind: "unavailable", persistence: "final" },
    );
  }
  const least = Number(response.headers.get("oci-chunk-min-length"));
  return { location, offset, leastChunk: least > 0 ? least : before?.leastChunk ?? 0 };
}

/** Reads `Range: 0-99`, which Docker's registry also writes `bytes=0-99`; 0-0 stands for nothing. */
function rangeEnd({ headers }: Response): number | undefined {
  const last = /^(?:bytes=)?0-(\d+)$/.exec(headers.get("range") ?? "")?.[1];
  if (last === undefined) return undefined;
  return last === "0" ? 0 : Number(last) + 1;
}

function uploadsPath({ reference }: PushTarget): string {
  return `/v2/${reference.repository}/blobs/uploads/`;
}
