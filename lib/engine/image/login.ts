/**
 * Logging in to registries and out of them.
 *
 * Credentials are the user's and not an instance's: they are Docker's, in `~/.docker/config.json` or
 * in the helper that it names.
 *
 * @module
 */

import { type Config, loadConfig } from "../../config.ts";
import type { CredentialPlace } from "../../image/registry/credential_store.ts";
import type { Credentials } from "../../image/registry/credentials.ts";

/** Options of {@linkcode logIn}. */
export interface LogInOptions {
  /**
   * What is said about insecure registries.
   *
   * @default the configuration file
   */
  config?: Config;
  /** Ends it; nothing is kept then. */
  signal?: AbortSignal | undefined;
}

/**
 * Logs in to a registry and keeps the credentials it has accepted.
 *
 * @param registry The registry: `docker.io`, `registry.example:5000`.
 * @param credentials A name and a password, or an identity token.
 * @param options The configuration.
 * @returns Where the credentials are kept.
 * @throws {EngineError} `denied`: they are wrong; `unavailable`: the registry or the helper that
 * shall keep them does not answer; `invalid`, `system`: Docker's configuration file cannot be used.
 */
export async function logIn(
  registry: string,
  credentials: Credentials,
  options: LogInOptions = {},
): Promise<CredentialPlace> {
  const { config = loadConfig(), signal } = options;
  // Only this needs all that speaks to registries.
  const { verifyCredentials } = await import("../../image/registry/login.ts");
  const { saveCredentials } = await import("../../image/registry/credential_store.ts");
  await verifyCredentials(registry, credentials, { config, signal });
  return await saveCredentials(registry, credentials);
}

/**
 * Forgets the credentials for a registry.
 *
 * @param registry The registry.
 * @throws {EngineError} Docker's configuration file or the helper cannot be used.
 */
export async function logOut(registry: string): Promise<void> {
  const { eraseCredentials } = await import("../../image/registry/credential_store.ts");
  await eraseCredentials(registry);
}

/**
 * Looks up who is logged in to a registry.
 *
 * @param registry The registry.
 * @returns The credentials, or undefined where nobody is.
 * @throws {EngineError} Docker's configuration file or the helper cannot be used.
 */
export async function findCredentials(registry: string): Promise<Credentials | undefined> {
  const { DockerCredentials } = await import("../../image/registry/docker_config.ts");
  return await new DockerCredentials().get(registry);
}
