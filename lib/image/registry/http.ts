/**
 * One request to a registry: the way to reach it, authentication and redirects.
 *
 * @module
 */

import type { BodySource, HttpTransport } from "./http_transport.ts";
import type { AuthTarget, RegistryAuth } from "./auth.ts";
import { type Endpoint, type HostPolicy, toleratesInsecurity } from "./endpoint.ts";
import { RegistryError } from "./error.ts";

/** A request of the registry protocol. */
export interface RegistryRequest {
  /** The method. */
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** What follows the base URL (`/v2/...`), or a whole URL of the same host. */
  readonly path: string;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body. */
  readonly body?: Uint8Array<ArrayBuffer> | BodySource | undefined;
  /** Such as `repository:library/alpine:pull`. */
  readonly scopes: readonly string[];
  /** How long the server may take to answer, where it has more to do than usual. */
  readonly responseMilliseconds?: number | undefined;
  /** Ends the request, its body included. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@linkcode RegistryHttp} works with. */
export interface RegistryHttpOptions {
  /** Sends the requests. */
  readonly transport: HttpTransport;
  /** Authenticates them. */
  readonly auth: RegistryAuth;
  /** What the configuration says about hosts. */
  readonly policy: HostPolicy;
}

const LONGEST_REDIRECT_CHAIN = 10;
const REDIRECTS = [301, 302, 303, 307, 308];

/** Sends requests to registries; pulls and pushes share it. */
export class RegistryHttp {
  readonly #options: RegistryHttpOptions;
  readonly #bases = new Map<string, string>();

  /**
   * Creates a sender that has met no registry yet.
   *
   * @param options What it works with.
   */
  constructor(options: RegistryHttpOptions) {
    this.#options = options;
  }

  /**
   * Sends a request; authenticates where the registry asks for it, follows redirects of reads.
   *
   * @param endpoint The server.
   * @param request What.
   * @returns The answer, of any status.
   * @throws {RegistryError} The server cannot be reached, or authentication failed.
   * @throws The signal's reason, when it was aborted.
   */
  async request(endpoint: Endpoint, request: RegistryRequest): Promise<Response> {
    const known = this.#bases.get(endpoint.host);
    if (known !== undefined) return await this.#authenticated(endpoint, known, request);
    let failure: unknown;
    let doubtful: Response | undefined;
    for (const [index, base] of endpoint.bases.entries()) {
      const isLast = index === endpoint.bases.length - 1;
      try {
        const response = await this.#authenticated(endpoint, base, request);
        if (!isLast && isHttpsExpected(base, response)) {
          doubtful = response;
          continue;
        }
        this.#bases.set(endpoint.host, base);
        await doubtful?.body?.cancel();
        return response;
      } catch (error) {
        request.signal?.throwIfAborted();
        const isBaseAtFault = error instanceof RegistryError && error.kind === "unavailable";
        if (!isBaseAtFault || this.#bases.has(endpoint.host)) throw error;
        failure ??= error;
      }
    }
    if (doubtful !== undefined) return doubtful;
    throw failure;
  }

  /**
   * Resolves an address that a registry names in an answer, such as that of an upload.
   *
   * @param endpoint The registry.
   * @param response Its answer.
   * @returns The whole URL, for `path` of the next request; undefined where it names none.
   * @throws {RegistryError} Content would go there unencrypted.
   */
  location({ host, bases }: Endpoint, response: Response): string | undefined {
    const text = response.headers.get("location");
    if (text === null) return undefined;
    const base = new URL(this.#bases.get(host) ?? bases[0]!);
    const to = URL.parse(text, base);
    // Behind a proxy that ends TLS a registry does not know that it is spoken to by HTTPS.
    if (to?.protocol === "http:" && to.host === base.host) to.protocol = base.protocol;
    return this.#redirectTarget(base, to?.href ?? text).href;
  }

  async #authenticated(
    endpoint: Endpoint,
    base: string,
    request: RegistryRequest,
  ): Promise<Response> {
    const { auth } = this.#options;
    const target: AuthTarget = { endpoint, baseUrl: base, scopes: request.scopes };
    const sent = auth.current(target);
    const { response, isOwn } = await this.#follow(base, request, sent);
    // Only the registry itself may ask for credentials, not a server it redirects to.
    if (response.status !== 401 || !isOwn) return response;
    this.#bases.set(endpoint.host, base);
    const challenge = response.headers.get("www-authenticate");
    if (challenge === null) return response;
    const fresh = await auth.answer(target, challenge, sent).catch(async (error) => {
      await response.body?.cancel();
      throw error;
    });
    if (fresh === undefined) return response;
    await response.body?.cancel();
    return (await this.#follow(base, request, fresh)).response;
  }

  async #follow(
    base: string,
    request: RegistryRequest,
    authorization: string | undefined,
  ): Promise<{ response: Response; isOwn: boolean }> {
    const { transport, policy } = this.#options;
    const origin = new URL(base).origin;
    let url = new URL(/^https?:/.test(request.path) ? request.path : base + request.path);
    let isOwn = url.origin === origin;
    for (let hops = 0; hops <= LONGEST_REDIRECT_CHAIN; hops++) {
      const response = await transport.send(url, {
        ...request,
        headers: requestHeaders(request, isOwn ? authorization : undefined),
        acceptsAnyCertificate: toleratesInsecurity(url.host, policy),
      });
      const isRead = request.method === "GET" || request.method === "HEAD";
      const location = response.headers.get("location");
      if (!isRead || !REDIRECTS.includes(response.status) || location === null) {
        return { response, isOwn };
      }
      await response.body?.cancel();
      url = this.#redirectTarget(url, location);
      // Once another server was involved, nothing it says may bring the credentials back.
      isOwn &&= url.origin === origin;
    }
    throw redirectError(url.host, `it redirects more than ${LONGEST_REDIRECT_CHAIN} times`);
  }

  #redirectTarget(from: URL, location: string): URL {
    const to = URL.parse(location, from);
    if (to === null || !/^https?:$/.test(to.protocol)) {
      throw redirectError(from.host, "it redirects to something that is not a web address");
    }
    const isPlain = to.protocol === "http:";
    const isAllowed = from.protocol === "http:" &&
      toleratesInsecurity(to.host, this.#options.policy);
    if (isPlain && !isAllowed) {
      throw redirectError(from.host, `it redirects to plain HTTP (${to.host})`);
    }
    to.username = to.password = "";
    return to;
  }
}

function requestHeaders(request: RegistryRequest, authorization: string | undefined): Headers {
  const headers = new Headers(request.headers);
  headers.set("user-agent", "tsd");
  // Content is verified as it was stored; the runtime would ask for gzip and unpack it by itself.
  headers.set("accept-encoding", "identity");
  if (authorization !== undefined) headers.set("authorization", authorization);
  return headers;
}

/** Servers that expect HTTPS answer plain HTTP with "400 Bad Request". */
function isHttpsExpected(base: string, response: Response): boolean {
  return base.startsWith("http:") && response.status === 400;
}

function redirectError(host: string, state: string): RegistryError {
  return new RegistryError(`Cannot reach registry "${host}": ${state}`, {
    kind: "unavailable",
    persistence: "final",
  });
}
