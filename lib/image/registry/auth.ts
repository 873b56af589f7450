/**
 * Authentication at registries: Basic, and Bearer tokens from a token server.
 *
 * @module
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */

import { integerAt, objectAt, optionalAt, stringAt } from "../../json.ts";
import type { Credentials, CredentialSource } from "./credentials.ts";
import type { HttpTransport } from "./http_transport.ts";
import { readBounded } from "./body.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { type Endpoint, type HostPolicy, toleratesInsecurity } from "./endpoint.ts";
import { readReported, RegistryError } from "./error.ts";
import { type Clock, retryAfterMilliseconds } from "./retry.ts";

/** What {@linkcode RegistryAuth} works with. */
export interface AuthOptions {
  /** Sends the requests to token servers. */
  readonly transport: HttpTransport;
  /** Where credentials come from. */
  readonly credentials: CredentialSource;
  /** Tells how old a token is. */
  readonly clock: Clock;
  /** Tells which token servers may be asked over plain HTTP. */
  readonly policy: HostPolicy;
  /** Ends the requests to token servers. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the credentials were typed just now, so that typing them again is no advice. */
  readonly isLogin?: boolean;
}

/** What a request needs authorization for. */
export interface AuthTarget {
  /** The server. */
  readonly endpoint: Endpoint;
  /** The base URL that is in use. */
  readonly baseUrl: string;
  /** Such as `repository:library/alpine:pull`. */
  readonly scopes: readonly string[];
}

/** A value of the `Authorization` header. */
interface Authorization {
  readonly header: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

const CLIENT_ID = "tsd";
const LONGEST_TOKEN_ANSWER = 1024 * 1024;
// The token specification: "If omitted, this defaults to 60 seconds", and no less than that.
const DEFAULT_LIFETIME_SECONDS = 60;
// A token that ends while the request is on its way would be refused.
const MARGIN_MILLISECONDS = 5_000;

/** Authenticates requests, and keeps what it got for the next ones. */
export class RegistryAuth {
  readonly #options: AuthOptions;
  readonly #known = new Map<string, Authorization>();
  readonly #pending = new Map<string, Promise<Authorization | undefined>>();

  /**
   * Creates an authenticator that has no tokens yet.
   *
   * @param options What it works with.
   */
  constructor(options: AuthOptions) {
    this.#options = options;
  }

  /**
   * Gives what an earlier request of the same kind was authorized with.
   *
   * @param target What the request needs authorization for.
   * @returns The value of the `Authorization` header, or undefined.
   */
  current(target: AuthTarget): string | undefined {
    const known = this.#known.get(cacheKey(target));
    return known !== undefined && known.expires > this.#options.clock.now()
      ? known.header
      : undefined;
  }

  /**
   * Answers the challenge of a refused request.
   *
   * @param target What the request needs authorization for.
   * @param challenge The `WWW-Authenticate` header.
   * @param refused The `Authorization` header that was refused, if one was sent.
   * @returns The value of the header to send instead, or undefined where there is nothing to offer.
   * @throws {RegistryError} `denied`: the credentials are wrong; else the token server failed.
   */
  async answer(
    target: AuthTarget,
    challenge: string,
    refused: string | undefined,
  ): Promise<string | undefined> {
    const key = cacheKey(target);
    const current = this.current(target);
    // Another request was refused at the same time, and has already been given a new token.
    if (current !== undefined && current !== refused) return current;
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = this.#authorize(target, parseChallenges(challenge));
      this.#pending.set(key, pending);
    }
    const fresh = await pending.finally(() => this.#pending.delete(key));
    if (fresh === undefined || fresh.header === refused) return undefined;
    this.#known.set(key, fresh);
    return fresh.header;
  }

  async #authorize(
    target: AuthTarget,
    challenges: readonly Challenge[],
  ): Promise<Authorization | undefined> {
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    const isBasic = challenges.some(({ scheme }) => scheme === "basic");
    if (bearer === undefined && !isBasic) return undefined;
    const credentials = await this.#options.credentials.get(target.endpoint.credentialHost);
    if (bearer !== undefined) return await this.#fetchToken(target, bearer, credentials);
    if (credentials?.kind !== "password") return undefined;
    return { header: basicHeader(credentials), expires: Infinity };
  }

  async #fetchToken(
    target: AuthTarget,
    challenge: Challenge,
    credentials: Credentials | undefined,
  ): Promise<Authorization> {
    const { transport, clock, policy, signal } = this.#options;
    const realm = this.#realm(target, challenge);
    const scopes = new Set([...challenge.parameters.scope?.split(" ") ?? [], ...target.scopes]);
    const parameters: [string, string][] = [...scopes].filter((scope) => scope !== "")
      .map((scope) => ["scope", scope]);
    if (challenge.parameters.service) parameters.unshift(["service", challenge.parameters.service]);
    const started = clock.now();
    const request = tokenRequest(realm, parameters, credentials);
    const acceptsAnyCertificate = toleratesInsecurity(realm.host, policy);
    const response = await transport.send(request.url, {
      ...request,
      acceptsAnyCertificate,
      signal,
    });
    if (!response.ok) throw await this.#refusal(target, response, credentials);
    const { token, lifetimeSeconds } = await readToken(response, target.endpoint.host);
    return {
      header: `Bearer ${token}`,
      expires: started + lifetimeSeconds * 1000 - MARGIN_MILLISECONDS,
    };
  }

  /** The token server's address; credentials go there, so it must be as safe as the registry. */
  #realm(target: AuthTarget, challenge: Challenge): URL {
    const realm = URL.parse(challenge.parameters.realm ?? "", target.baseUrl);
    const isPlain = realm?.protocol === "http:";
    const isSafe = !isPlain ||
      (target.baseUrl.startsWith("http:") && toleratesInsecurity(realm.host, this.#options.policy));
    if (realm !== null && /^https?:$/.test(realm.protocol) && isSafe) return realm;
    const state = isPlain
      ? `it names a token server without HTTPS (${realm.host})`
      : "it names no token server";
    throw tokenError(target.endpoint.host, state);
  }

  async #refusal(
    { endpoint: { host } }: AuthTarget,
    response: Response,
    credentials: Credentials | undefined,
  ): Promise<RegistryError> {
    const { status } = response;
    const reported = await readReported(response);
    if ((status === 401 || status === 403) && credentials !== undefined) {
      return new RegistryError(
        `Cannot log in to registry "${host}": ` +
          (reported?.code === "unauthorized" ? "" : "unauthorized: ") +
          (reported?.text ?? "incorrect username or password") +
          (this.#options.isLogin ? "" : ", log in again with 'tsd login'"),
        { kind: "denied", persistence: "final" },
      );
    }
    const isDenied = status === 401 || status === 403;
    return new RegistryError(
      `Cannot get a token for registry "${host}": the token server answered with HTTP ${status}` +
        (reported === undefined ? "" : `: ${reported.text}`) +
        (isDenied ? ", the repository may require 'tsd login'" : ""),
      {
        kind: isDenied ? "denied" : "unavailable",
        persistence: status === 429 || status >= 500 ? "transient" : "final",
        retryAfterMilliseconds: retryAfterMilliseconds(
          response.headers.get("retry-after"),
          this.#options.clock.now(),
        ),
      },
    );
  }
}

function tokenRequest(
  realm: URL,
  parameters: [string, string][],
  credentials: Credentials | undefined,
): { url: URL; method: string; headers: Headers; body?: string } {
  const headers = new Headers({ "accept": "application/json", "user-agent": CLIENT_ID });
  if (credentials?.kind === "identityToken") {
    headers.set("content-type", "application/x-www-form-urlencoded");
    const body = new URLSearchParams(parameters.filter(([name]) => name !== "scope"));
    body.set("scope", parameters.flatMap(([name, v]) => name === "scope" ? [v] : []).join(" "));
    body.set("grant_type", "refresh_token");
    body.set("refresh_token", credentials.token);
    body.set("client_id", CLIENT_ID);
    return { url: realm, method: "POST", headers, body: body.toString() };
  }
  const url = new URL(realm);
  for (const [name, value] of parameters) url.searchParams.append(name, value);
  if (credentials !== undefined) {
    url.searchParams.set("account", credentials.username);
    headers.set("authorization", basicHeader(credentials));
  }
  return { url, method: "GET", headers };
}

async function readToken(
  response: Response,
  host: string,
): Promise<{ token: string; lifetimeSeconds: number }> {
  const bytes = await readBounded(response, LONGEST_TOKEN_ANSWER);
  try {
    const answer = objectAt(JSON.parse(new TextDecoder().decode(bytes)), "the answer");
    const token = stringAt(answer.token || answer.access_token, "token");
    const lifetime = optionalAt(answer.expires_in, "expires_in", integerAt) ?? 0;
    // A token becomes part of a header: a line break in it would begin another.
    if (!/^[\x21-\x7e]+$/.test(token)) throw new TypeError("token must be one word");
    return { token, lifetimeSeconds: Math.max(lifetime, DEFAULT_LIFETIME_SECONDS) };
  } catch {
    throw tokenError(host, "the token server's answer is not understood"); // it may hold a token
  }
}

function tokenError(host: string, state: string): RegistryError {
  return new RegistryError(`Cannot get a token for registry "${host}": ${state}`, {
    kind: "unavailable",
    persistence: "final",
  });
}

function basicHeader(credentials: Credentials & { kind: "password" }): string {
  const bytes = new TextEncoder().encode(`${credentials.username}:${credentials.password}`);
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}`;
}

function cacheKey({ endpoint, scopes }: AuthTarget): string {
  return [endpoint.host, ...[...scopes].sort()].join(" ");
}
