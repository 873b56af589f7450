/**
 * Sends HTTP requests with each host's own certificates and the environment's proxies.
 *
 * @module
 */

import { networkError, RegistryError } from "./error.ts";
import { isLoopback } from "./host.ts";

/**
 * Opens a body that is too large for the memory; called again where a request has to be sent again.
 */
export type BodySource = () => ReadableStream<Uint8Array<ArrayBuffer>>;

/** A request, before redirects. */
export interface TransportRequest {
  /** The method. */
  readonly method: string;
  /** The headers. */
  readonly headers: Headers;
  /** The body, where there is one. */
  readonly body?: Uint8Array<ArrayBuffer> | BodySource | string | undefined;
  /** How long the server may take to answer, where it has more to do than usual. */
  readonly responseMilliseconds?: number | undefined;
  /** True goes on where the server's certificate cannot be verified. */
  readonly acceptsAnyCertificate?: boolean;
  /** Ends the request, its body included. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@linkcode HttpTransport}. */
export interface TransportOptions {
  /** Folders with a folder for each host (`HOST[:PORT]`), which holds `*.crt`, `*.cert`, `*.key`. */
  readonly certificateFolders?: readonly string[];
  /** How long a server may take to begin its answer. */
  readonly responseMilliseconds?: number;
}

/** Where certificates of registries are looked for, Docker's folder included. */
export const CERTIFICATE_FOLDERS: readonly string[] = ["/etc/tsd/certs.d", "/etc/docker/certs.d"];

const RESPONSE_MILLISECONDS = 60_000;
const SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";
const PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
  .flatMap((name) => [name, name.toLowerCase()]);

/**
 * Which authorities a host's certificate is verified with: those of the runtime (Mozilla's) and of
 * the host's folder; also those the machine's owner has added to the system; none at all.
 */
type Certificates = "own" | "system" | "any";

/** Sends requests; follows no redirects. */
export class HttpTransport {
  readonly #folders: readonly string[];
  readonly #responseMilliseconds: number;
  readonly #clients = new Map<string, Promise<Deno.HttpClient | undefined>>();
  readonly #certificates = new Map<string, Certificates>();

  /**
   * Creates a transport; connections are made when they are needed.
   *
   * @param options Where certificates are, and how long to wait.
   */
  constructor(options: TransportOptions = {}) {
    this.#folders = options.certificateFolders ?? CERTIFICATE_FOLDERS;
    this.#responseMilliseconds = options.responseMilliseconds ?? RESPONSE_MILLISECONDS;
  }

  /**
   * Sends a request.
   *
   * @param url Where to.
   * @param request What.
   * @returns The answer, of any status, redirects included.
   * @throws {RegistryError} No answer came.
   * @throws The signal's reason, when it was aborted.
   */
  async send(url: URL, request: TransportRequest): Promise<Response> {
    const silence = new AbortController();
    const patience = request.responseMilliseconds ?? this.#responseMilliseconds;
    let timer = setTimeout(() => silence.abort(), patience);
    const { body } = request;
    const isSource = typeof body === "function";
    // A server that takes a long body is not silent.
    const onTaken = () => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), patience);
    };
    const watched = isSource ? { ...request, body: () => watch(body(), onTaken) } : request;
    const signals = request.signal === undefined ? [] : [request.signal];
    try {
      return await this.#fetch(url, watched, AbortSignal.any([...signals, silence.signal]));
    } catch (error) {
      request.signal?.throwIfAborted();
      if (error instanceof RegistryError) throw error;
      throw networkError(url.host, silence.signal.aborted ? new Error("timed out") : error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes the connections of the hosts that have certificates of their own. */
  async close(): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    for (const client of await Promise.allSettled(clients)) {
      if (client.status === "fulfilled") client.value?.close();
    }
  }

  async #fetch(url: URL, request: TransportRequest, signal: AbortSignal): Promise<Response> {
    const certificates = this.#certificates.get(url.host) ?? "own";
    try {
      return await this.#fetchWith(certificates, url, request, signal);
    } catch (error) {
      const isDoubted = /invalid peer certificate/.test(`${error} ${(error as Error).cause ?? ""}`);
      const next = isDoubted ? nextCertificates(certificates, request) : undefined;
      // The body is untouched: the connection ended before anything was sent.
      if (next === undefined) throw error;
      this.#certificates.set(url.host, next);
      return await this.#fetch(url, request, signal);
    }
  }

  async #fetchWith(
    certificates: Certificates,
    url: URL,
    { method, headers, body: given }: TransportRequest,
    signal: AbortSignal,
  ): Promise<Response> {
    const body = typeof given === "function" ? given() : given;
    if (certificates === "any") {
      const { fetchUnverified } = await import("./unverified_fetch.ts");
      return await fetchUnverified(url, { method, headers, body, signal });
    }
    const client = await this.#client(url.host, certificates);
    return await fetch(url, {
      method,
      headers,
      signal,
      redirect: "manual",
      ...body !== undefined && { body },
      ...client !== undefined && { client },
    });
  }

  #client(host: string, certificates: Certificates): Promise<Deno.HttpClient | undefined> {
    const key = `${host} ${certificates}`;
    let client = this.#clients.get(key);
    if (client === undefined) {
      const authorities = certificates === "system" ? [SYSTEM_AUTHORITIES] : [];
      this.#clients.set(key, client = createClient(host, this.#folders, authorities));
    }
    return client;
  }
}

/** Tells of each piece of a body that is taken. */
function watch(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  onTaken: () => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      onTaken();
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/** What to verify with after the certificate of a host was not accepted. */
function nextCertificates(
  failed: Certificates,
  { acceptsAnyCertificate }: TransportRequest,
): Certificates | undefined {
  if (failed === "own") return "system";
  return acceptsAnyCertificate && failed === "system" ? "any" : undefined;
}

/** Creates the client a host needs, or none where the runtime's own will do. */
async function createClient(
  host: string,
  folders: readonly string[],
  authorities: readonly string[],
): Promise<Deno.HttpClient | undefined> {
  const found = await readCertificates(host, folders);
  for (const path of authorities) {
    const text = await readIfPresent(path);
    if (text !== undefined) found.caCerts.push(text);
  }
  const pair = found.cert !== undefined && found.key !== undefined
    ? { cert: found.cert, key: found.key }
    : undefined;
  const isBypassed = mustBypassProxies(host);
  if (found.caCerts.length === 0 && pair === undefined && !isBypassed) return undefined;
  const create = () => Deno.createHttpClient({ caCerts: found.caCerts, ...pair });
  return isBypassed ? withoutProxies(create) : create();
}

/** Docker's layout: `*.crt` are authorities, `NAME.cert` and `NAME.key` the client's own pair. */
async function readCertificates(
  host: string,
  folders: readonly string[],
): Promise<{ caCerts: string[]; cert?: string; key?: string }> {
  const found: { caCerts: string[]; cert?: string; key?: string } = { caCerts: [] };
  // A registry's host is a path segment here; one with a slash or dots alone never names a folder.
  if (!/^[\w.:[\]-]*\w[\w.:[\]-]*$/.test(host)) return found;
  for (const folder of folders.map((root) => `${root}/${host}`)) {
    for (const name of await fileNames(folder)) {
      const text = await Deno.readTextFile(`${folder}/${name}`);
      if (name.endsWith(".crt")) found.caCerts.push(text);
      else if (name.endsWith(".cert")) found.cert ??= text;
      else if (name.endsWith(".key")) found.key ??= text;
    }
  }
  return found;
}

async function fileNames(folder: string): Promise<string[]> {
  try {
    const names = await Array.fromAsync(Deno.readDir(folder), (entry) => entry.name);
    return names.filter((name) => /\.(crt|cert|key)$/.test(name)).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The runtime knows host names and ranges in NO_PROXY, but neither `*` nor that we are local. */
function mustBypassProxies(host: string): boolean {
  if (!PROXY_VARIABLES.some((name) => Deno.env.has(name))) return false;
  const exceptions = Deno.env.get("NO_PROXY") ?? Deno.env.get("no_proxy") ?? "";
  return isLoopback(host) || exceptions.split(",").some((entry) => entry.trim() === "*");
}

/** Runs a synchronous action while the environment names no proxies: a client reads it once. */
function withoutProxies<T>(action: () => T): T {
  const saved = PROXY_VARIABLES.map((name) => [name, Deno.env.get(name)] as const);
  for (const [name] of saved) Deno.env.delete(name);
  try {
    return action();
  } finally {
    for (const [name, value] of saved) if (value !== undefined) Deno.env.set(name, value);
  }
}
