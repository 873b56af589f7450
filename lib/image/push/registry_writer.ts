/**
 * Writes images to registries (OCI distribution-spec, "Push").
 *
 * @module
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#push
 */

import type { Config } from "../../config.ts";
import type { CredentialSource } from "../registry/credentials.ts";
import { DockerCredentials } from "../registry/docker_config.ts";
import { HttpTransport, type TransportOptions } from "../registry/http_transport.ts";
import type { Reference } from "../spec/reference.ts";
import { RegistryAuth } from "../registry/auth.ts";
import { registryEndpoint } from "../registry/endpoint.ts";
import { RegistryError } from "../registry/error.ts";
import { RegistryHttp } from "../registry/http.ts";
import { type Clock, RetryBudget, type RetryEvent, SYSTEM_CLOCK } from "../registry/retry.ts";
import { type PushRequest, type PushTarget, retrying, sendExpecting } from "./target.ts";
import { type PushedBlob, uploadBlob, type UploadResult } from "./upload_blob.ts";

/** Options of {@linkcode RegistryWriter}. */
export interface RegistryWriterOptions extends TransportOptions {
  /** Insecure registries, attempts. */
  readonly config: Config;
  /** Ends everything. */
  readonly signal?: AbortSignal | undefined;
  /** Told before each wait for another attempt. */
  readonly onRetry?: ((event: RetryEvent) => void) | undefined;
  /** Where credentials come from; by default Docker's configuration file. */
  readonly credentials?: CredentialSource;
  /** Time and chance. */
  readonly clock?: Clock;
}

/** Writes blobs and manifests; safe for many uses at once. */
export class RegistryWriter implements AsyncDisposable {
  readonly #options: RegistryWriterOptions;
  readonly #clock: Clock;
  readonly #transport: HttpTransport;
  readonly #http: RegistryHttp;
  #hasAnswered = false;

  /**
   * Creates a writer; nothing is connected yet.
   *
   * @param options The configuration, and whom to tell.
   */
  constructor(options: RegistryWriterOptions) {
    const { config: policy, signal, credentials = new DockerCredentials() } = options;
    this.#options = options;
    const clock = this.#clock = options.clock ?? SYSTEM_CLOCK;
    const transport = this.#transport = new HttpTransport(options);
    const auth = new RegistryAuth({ transport, credentials, clock, policy, signal });
    this.#http = new RegistryHttp({ transport, auth, policy });
  }

  /** Closes the writer's connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport.close();
  }

  /**
   * Gets a blob into a repository, unless it is there.
   *
   * @param reference An image of the repository.
   * @param blob The blob.
   * @param signal Ends it.
   * @returns How it got there.
   * @throws {EngineError} It did not.
   */
  async uploadBlob(
    reference: Reference,
    blob: PushedBlob,
    signal: AbortSignal | undefined = this.#options.signal,
  ): Promise<UploadResult> {
    const result = await uploadBlob(this.#target(reference, signal), blob);
    this.#hasAnswered = true;
    return result;
  }

  /**
   * Puts a manifest under a name; everything that it names must be there.
   *
   * @param reference The name, with a tag.
   * @param mediaType The manifest's media type.
   * @param bytes The manifest.
   * @throws {RegistryError} The registry refuses.
   */
  async putManifest(
    reference: Reference,
    mediaType: string,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    const target = this.#target(reference, this.#options.signal);
    const request: PushRequest = {
      method: "PUT",
      path: `/v2/${reference.repository}/manifests/${reference.tag ?? reference.digest}`,
      headers: { "content-type": mediaType },
      body: bytes,
      object: "the manifest",
    };
    await retrying(target, "manifest", () => sendExpecting(target, request, 201, 200, 202));
  }

  #target(reference: Reference, signal: AbortSignal | undefined): PushTarget {
    const { config, onRetry } = this.#options;
    return {
      http: this.#http,
      endpoint: registryEndpoint(reference.registry, config),
      reference,
      signal,
      now: () => this.#clock.now(),
      budget: (subject) =>
        new RetryBudget({
          subject,
          signal,
          onRetry,
          clock: this.#clock,
          attempts: config.maxDownloadAttempts,
          isRetryable: (error): error is RegistryError => this.#isRetryable(error),
        }),
    };
  }

  /** A registry that has answered before is being restarted, or the network is. */
  #isRetryable(error: unknown): boolean {
    if (!(error instanceof RegistryError)) return false;
    return this.#hasAnswered ? error.persistence !== "final" : error.persistence === "transient";
  }
}
