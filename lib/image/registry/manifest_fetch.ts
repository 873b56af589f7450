/**
 * Fetches one manifest from one server, and verifies it.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { type Digest, digestAlgorithm, digestMistake, digestOf } from "../spec/digest.ts";
import { LONGEST_MANIFEST, MANIFEST_ACCEPT, parseManifest } from "../spec/manifest.ts";
import { familiarName, type Reference } from "../spec/reference.ts";
import { readBounded } from "./body.ts";
import type { Endpoint } from "./endpoint.ts";
import {
  networkError,
  notRegistryError,
  RegistryError,
  type RegistryTask,
  responseError,
} from "./error.ts";
import type { RegistryHttp } from "./http.ts";

/** Whom to ask, and for which repository. */
export interface FetchTarget {
  /** Sends the requests. */
  readonly http: RegistryHttp;
  /** The server. */
  readonly endpoint: Endpoint;
  /** An image of the repository, for the messages too. */
  readonly reference: Reference;
  /** Ends the request, its body included. */
  readonly signal: AbortSignal | undefined;
  /** How long the server may stay silent. */
  readonly idleMilliseconds: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A manifest or index whose digest is right. */
export interface FetchedManifest {
  /** The document as it was served. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its digest. */
  readonly digest: Digest;
  /** What the server calls it. */
  readonly contentType: string | undefined;
}

/**
 * Fetches a manifest or an index.
 *
 * @param target Whom to ask.
 * @param name A tag, or a digest, which then must be right.
 * @returns The document.
 * @throws {RegistryError} There is none, it cannot be fetched, or its digest is wrong.
 */
export async function fetchManifest(
  target: FetchTarget,
  name: { tag: string } | { digest: Digest },
): Promise<FetchedManifest> {
  const { endpoint: { host }, reference } = target;
  const path = "tag" in name ? name.tag : name.digest;
  const response = await target.http.request(target.endpoint, {
    method: "GET",
    path: `/v2/${reference.repository}/manifests/${path}`,
    headers: { accept: MANIFEST_ACCEPT },
    scopes: [pullScope(reference)],
    signal: target.signal,
  });
  const contentType = response.headers.get("content-type") ?? undefined;
  const bytes = await readDocument(target, response);
  if ("digest" in name) {
    await verifyDigest(reference, `${host}'s manifest`, bytes, name.digest);
    return { bytes, digest: name.digest, contentType };
  }
  const stated = response.headers.get("docker-content-digest");
  if (stated !== null && digestMistake(stated) === undefined) {
    await verifyDigest(reference, `${host}'s manifest`, bytes, stated as Digest);
  }
  // The registry may state it by another algorithm; the image is named by ours from here on.
  return { bytes, digest: await digestOf(bytes), contentType };
}

/**
 * Gives a fetched document's media type.
 *
 * @param fetched The document.
 * @param target Where it came from.
 * @returns The media type of a manifest or an index.
 * @throws {RegistryError} It is neither.
 */
export function manifestMediaType(
  { bytes, contentType }: FetchedManifest,
  { endpoint, reference }: FetchTarget,
): string {
  try {
    return parseManifest(bytes, contentType).mediaType;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new RegistryError(
      `Cannot pull image "${familiarName(reference)}": what ${endpoint.host} has under this name ` +
        `is not an image this program can use`,
      { kind: error.kind, persistence: "final", cause: error },
    );
  }
}

/**
 * Compares content with its digest.
 *
 * @param reference The image, for the message.
 * @param object What the content is.
 * @param bytes The content.
 * @param wanted The digest it must have.
 * @throws {RegistryError} It has another.
 */
export async function verifyDigest(
  reference: Reference,
  object: string,
  bytes: Uint8Array<ArrayBuffer>,
  wanted: Digest,
): Promise<void> {
  const found = await digestOf(bytes, digestAlgorithm(wanted));
  if (found !== wanted) throw pullError(reference, `${object} has digest ${found}, not ${wanted}`);
}

/**
 * Creates the error of content that is not what it must be.
 *
 * @param reference The image.
 * @param state What is wrong.
 * @returns The error.
 */
export function pullError(reference: Reference, state: string): RegistryError {
  return new RegistryError(`Cannot pull image "${familiarName(reference)}": ${state}`, {
    kind: "unavailable",
    persistence: "final",
  });
}

/**
 * Gives the scope of a token that reads a repository.
 *
 * @param reference An image of the repository.
 * @returns The scope.
 */
export function pullScope({ repository }: Reference): string {
  return `repository:${repository}:pull`;
}

async function readDocument(
  { endpoint: { host }, reference, signal, idleMilliseconds, now }: FetchTarget,
  response: Response,
): Promise<Uint8Array<ArrayBuffer>> {
  const task: RegistryTask = { verb: "pull", reference, object: "manifest", host };
  if (response.status !== 200) throw await responseError(response, task, now());
  const bytes = await readBounded(response, LONGEST_MANIFEST, idleMilliseconds).catch((error) => {
    signal?.throwIfAborted();
    throw networkError(host, error);
  });
  if (bytes.length > LONGEST_MANIFEST) {
    throw pullError(reference, `its manifest has more than ${LONGEST_MANIFEST} bytes`);
  }
  // Some file servers hand manifests out as plain text; a web page is no such case.
  const isJson = /json/i.test(response.headers.get("content-type") ?? "");
  const begin = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
  if (!isJson && !begin.startsWith("{")) throw notRegistryError(response, task);
  return bytes;
}
