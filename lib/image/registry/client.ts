/**
 * Reads images from registries (OCI distribution-spec, "Pull").
 *
 * @module
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull
 */

import type { Config } from "../../config.ts";
import { type BlobSink, type BlobTransfer, downloadRest } from "./blob_download.ts";
import { openBlobAt } from "./blob_open.ts";
import type { Digest } from "../spec/digest.ts";
import type { CredentialSource } from "./credentials.ts";
import { DockerCredentials } from "./docker_config.ts";
import { HttpTransport, type TransportOptions } from "./http_transport.ts";
import type { Descriptor } from "../spec/manifest.ts";
import {
  fetchManifest,
  type FetchTarget,
  manifestMediaType,
  pullError,
  verifyDigest,
} from "./manifest_fetch.ts";
import { familiarName, type Reference } from "../spec/reference.ts";
import { RegistryAuth } from "./auth.ts";
import { bodyChunks, IDLE_MILLISECONDS } from "./body.ts";
import { type Endpoint, pullEndpoints } from "./endpoint.ts";
import { RegistryError } from "./error.ts";
import { RegistryHttp } from "./http.ts";
import {
  type Clock,
  RetryBudget,
  type RetryEvent,
  type RetryOptions,
  SYSTEM_CLOCK,
  withRetries,
} from "./retry.ts";

/** Options of {@linkcode RegistryClient}. */
export interface RegistryClientOptions extends TransportOptions {
  /** Mirrors, insecure registries, attempts. */
  readonly config: Config;
  /** Ends everything. */
  readonly signal?: AbortSignal | undefined;
  /** Told before each wait for another attempt. */
  readonly onRetry?: ((event: RetryEvent) => void) | undefined;
  /** Where credentials come from; by default Docker's configuration file. */
  readonly credentials?: CredentialSource;
  /** Time and chance. */
  readonly clock?: Clock;
  /** How long a transfer may stay silent before it counts as broken. */
  readonly idleMilliseconds?: number;
}

/** What a name stands for in its registry. */
export interface ResolvedManifest {
  /** Its media type, digest and size. */
  readonly descriptor: Descriptor;
  /** The manifest or index itself. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Options of {@linkcode RegistryClient.downloadBlob}. */
export interface DownloadOptions {
  /** How many bytes are there already, from an earlier process. */
  readonly offset?: number;
  /** Ends this transfer. */
  readonly signal?: AbortSignal;
}

/** Reads manifests and blobs, from mirrors where they have them; safe for many uses at once. */
export class RegistryClient implements AsyncDisposable {
  readonly #options: RegistryClientOptions;
  readonly #clock: Clock;
  readonly #transport: HttpTransport;
  readonly #http: RegistryHttp;
  // Mirrors that did not answer; each would cost every blob the same wait again.
  readonly #silentMirrors = new Set<string>();

  /**
   * Creates a client; nothing is connected yet.
   *
   * @param options The configuration, and whom to tell.
   */
  constructor(options: RegistryClientOptions) {
    const { config: policy, signal } = options;
    this.#options = options;
    const clock = this.#clock = options.clock ?? SYSTEM_CLOCK;
    const transport = this.#transport = new HttpTransport(options);
    const credentials = options.credentials ?? new DockerCredentials();
    const auth = new RegistryAuth({ transport, credentials, clock, policy, signal });
    this.#http = new RegistryHttp({ transport, auth, policy });
  }

  /** Closes the client's connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport.close();
  }

  /**
   * Finds out what a name stands for.
   *
   * @param reference The name; its digest counts where it has one, else its tag.
   * @returns The manifest or index, verified against the digest asked for.
   * @throws {EngineError} `notFound`, `denied`, `unavailable`, or `invalid` where it is no image.
   */
  async resolve(reference: Reference): Promise<ResolvedManifest> {
    const { digest, tag = "latest" } = reference;
    const name = digest === undefined ? { tag } : { digest };
    return await this.#retryingAny(reference, familiarName(reference), async (target) => {
      const fetched = await fetchManifest(target, name);
      const mediaType = manifestMediaType(fetched, target);
      const { bytes } = fetched;
      return { descriptor: { mediaType, digest: fetched.digest, size: bytes.length }, bytes };
    });
  }

  /**
   * Fetches a manifest or index by its digest.
   *
   * @param reference An image of the repository.
   * @param wanted The digest, or a descriptor, whose size then must be right too.
   * @returns The verified bytes.
   * @throws {EngineError} `notFound`, `denied` or `unavailable`.
   */
  async manifest(
    reference: Reference,
    wanted: Descriptor | Digest,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const descriptor = typeof wanted === "string" ? undefined : wanted;
    const digest = typeof wanted === "string" ? wanted : wanted.digest;
    return await this.#retryingAny(reference, digest, async (target) => {
      const { bytes } = await fetchManifest(target, { digest });
      if (descriptor !== undefined && descriptor.size !== bytes.length) {
        const state = `manifest ${digest} has ${bytes.length} bytes, not ${descriptor.size}`;
        throw pullError(reference, state);
      }
      return bytes;
    });
  }

  /**
   * Fetches a small blob, such as an image's configuration.
   *
   * @param reference An image of the repository.
   * @param descriptor The blob.
   * @param limit The most bytes it may have.
   * @returns The verified bytes.
   * @throws {EngineError} It cannot be fetched, is too large, or does not have its digest.
   */
  async readBlob(
    reference: Reference,
    descriptor: Descriptor,
    limit: number,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { digest, size } = descriptor;
    if (size > limit) {
      const state = `blob ${digest} has ${size} bytes, more than the ${limit} that are allowed`;
      throw pullError(reference, state);
    }
    const bytes = new Uint8Array(size);
    let offset = 0;
    await this.downloadBlob(reference, descriptor, (chunk) => {
      bytes.set(chunk, offset);
      offset += chunk.length;
    });
    await verifyDigest(reference, `blob ${digest}`, bytes, digest);
    return bytes;
  }

  /**
   * Opens a blob; a transfer that breaks off is not resumed.
   *
   * @param reference An image of the repository.
   * @param descriptor The blob.
   * @param offset Where to begin.
   * @returns The content, not verified, and where it begins: 0 where the server knows no ranges.
   * @throws {EngineError} `notFound`, `denied` or `unavailable`.
   */
  async openBlob(
    reference: Reference,
    descriptor: Descriptor,
    offset = 0,
  ): Promise<{ stream: ReadableStream<Uint8Array>; offset: number }> {
    const opened = await this.#retryingAny(
      reference,
      descriptor.digest,
      (target) => openBlobAt(target, descriptor, offset),
    );
    const stream = ReadableStream.from(
      copies(
        bodyChunks(
          opened.body,
          this.#options.idleMilliseconds,
          this.#options.config.minDownloadRate,
        ),
      ),
    );
    return { stream, offset: opened.offset };
  }

  /**
   * Fetches a blob; resumes with a Range request where a transfer breaks off, if need be from
   * another mirror.
   *
   * The length is verified, the digest is not: whoever stores the content has to hash it anyway.
   *
   * @param reference An image of the repository.
   * @param descriptor The blob.
   * @param sink Takes the pieces, in order and each byte once; waited for before the next is read,
   * which takes the piece's place in memory.
   * @param options How much is there already.
   * @throws {EngineError} It cannot be fetched, or has another length than its descriptor says.
   * @throws What the sink threw, at once.
   */
  async downloadBlob(
    reference: Reference,
    descriptor: Descriptor,
    sink: BlobSink,
    options: DownloadOptions = {},
  ): Promise<void> {
    const signal = anySignal(this.#options.signal, options.signal);
    const { idleMilliseconds = IDLE_MILLISECONDS } = this.#options;
    const received = options.offset ?? 0;
    const bytesPerSecond = this.#options.config.minDownloadRate;
    const pace = { bytesPerSecond, idleMilliseconds };
    const transfer: BlobTransfer = { descriptor, sink, received, signal, ...pace };
    await this.#fromAny(reference, signal, async (target) => {
      const budget = new RetryBudget({
        ...this.#retryOptions(target.endpoint, descriptor.digest, signal),
        // The registry has just given the manifest: it is being restarted, or the network is.
        isRetryable: (error): error is RegistryError =>
          error instanceof RegistryError && error.persistence !== "final",
      });
      await downloadRest(transfer, (offset) => openBlobAt(target, descriptor, offset), budget);
    });
  }

  /** Asks the mirrors in their order, then the registry itself, whose error counts. */
  async #fromAny<T>(
    reference: Reference,
    signal: AbortSignal | undefined,
    ask: (target: FetchTarget) => Promise<T>,
  ): Promise<T> {
    const { idleMilliseconds = IDLE_MILLISECONDS } = this.#options;
    const rest = {
      http: this.#http,
      reference,
      signal,
      idleMilliseconds,
      now: () => this.#clock.now(),
    };
    const endpoints = pullEndpoints(reference.registry, this.#options.config);
    for (const endpoint of endpoints.slice(0, -1)) {
      if (this.#silentMirrors.has(endpoint.host)) continue;
      try {
        return await ask({ ...rest, endpoint });
      } catch (error) {
        // Anything else is the consumer's, or an abort.
        if (!(error instanceof RegistryError)) throw error;
        if (error.persistence === "unreachable") this.#silentMirrors.add(endpoint.host);
      }
    }
    return await ask({ ...rest, endpoint: endpoints.at(-1)! });
  }

  async #retryingAny<T>(
    reference: Reference,
    subject: string,
    task: (target: FetchTarget) => Promise<T>,
  ): Promise<T> {
    const { signal } = this.#options;
    return await this.#fromAny(
      reference,
      signal,
      (target) =>
        withRetries(() => task(target), this.#retryOptions(target.endpoint, subject, signal)),
    );
  }

  #retryOptions(endpoint: Endpoint, subject: string, signal?: AbortSignal): RetryOptions {
    return {
      subject,
      signal,
      clock: this.#clock,
      onRetry: this.#options.onRetry,
      // A mirror is there to save time; the next in line is tried instead of waiting for it.
      attempts: endpoint.isMirror ? 1 : this.#options.config.maxDownloadAttempts,
      isRetryable: (error): error is RegistryError =>
        error instanceof RegistryError && error.persistence === "transient",
    };
  }
}

function anySignal(...signals: (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined);
  return given.length > 1 ? AbortSignal.any(given) : given[0];
}

/** Gives pieces that stay when the next one is asked for. */
async function* copies(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  for await (const piece of pieces) yield piece.slice();
}
