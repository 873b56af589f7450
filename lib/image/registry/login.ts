/**
 * Finding out whether a registry accepts credentials.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import type { Credentials } from "./credentials.ts";
import { HttpTransport, type TransportOptions } from "./http_transport.ts";
import { RegistryAuth } from "./auth.ts";
import { registryEndpoint } from "./endpoint.ts";
import { readReported, RegistryError } from "./error.ts";
import { RegistryHttp } from "./http.ts";
import { SYSTEM_CLOCK } from "./retry.ts";

/** Options of {@linkcode verifyCredentials}. */
export interface VerifyOptions extends TransportOptions {
  /** Insecure registries. */
  readonly config: Config;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Logs in to a registry, by Basic authentication or at its token server.
 *
 * @param registry The registry of a reference.
 * @param credentials The credentials.
 * @param options The configuration.
 * @throws {RegistryError} `denied`: they are wrong; `unavailable`: the registry does not answer, or
 * not as a registry. A registry that lets anybody in accepts them all.
 */
export async function verifyCredentials(
  registry: string,
  credentials: Credentials,
  options: VerifyOptions,
): Promise<void> {
  const { config: policy, signal } = options;
  const transport = new HttpTransport(options);
  const auth = new RegistryAuth({
    transport,
    credentials: { get: () => Promise.resolve(credentials) },
    clock: SYSTEM_CLOCK,
    policy,
    signal,
    isLogin: true,
  });
  const http = new RegistryHttp({ transport, auth, policy });
  const endpoint = registryEndpoint(registry, policy);
  try {
    const response = await http.request(endpoint, {
      method: "GET",
      path: "/v2/",
      scopes: [],
      signal,
    });
    if (response.status === 200) await response.body?.cancel();
    else throw await refusal(registry, response);
  } finally {
    await transport.close();
  }
}

async function refusal(registry: string, response: Response): Promise<RegistryError> {
  const { status } = response;
  const reported = await readReported(response);
  const isDenied = status === 401 || status === 403;
  const details = reported === undefined ? "" : `: ${reported.text}`;
  const reason = REASONS[status];
  return new RegistryError(
    `Cannot log in to registry "${registry}": login attempt failed with status: ${status}` +
      (reason === undefined ? "" : ` ${reason}`) + details,
    { kind: isDenied ? "denied" : "unavailable", persistence: "final" },
  );
}

// As the HTTP specification names them; HTTP/2 does not send them any more.
const REASONS: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};
