/**
 * The names that registries' credentials are kept under.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { DOCKER_HUB, isRegistry } from "../spec/reference.ts";

/** The name Docker Hub's credentials are kept under. */
const DOCKER_HUB_KEY = "https://index.docker.io/v1/";
const DOCKER_HUB_HOSTS: readonly string[] = ["index.docker.io", "registry-1.docker.io"];

/**
 * Gives the name a registry's credentials are kept under.
 *
 * @param registry The registry of a reference.
 * @returns The registry itself, or Docker Hub's historical URL.
 */
export function credentialKey(registry: string): string {
  return registry === DOCKER_HUB ? DOCKER_HUB_KEY : registry;
}

/**
 * Gives the host of a name that credentials are kept under.
 *
 * @param key The name; Docker's old ones are URLs (`https://HOST/v1/`).
 * @returns The host, and its port where it has one.
 */
export function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

/**
 * Reads which registry a user means.
 *
 * @param text A host, with its port where it has one, or a URL of it; absent, Docker Hub.
 * @returns The registry as references have it.
 * @throws {EngineError} `invalid`: it is no host.
 */
export function parseRegistry(text?: string): string {
  if (text === undefined || text === "") return DOCKER_HUB;
  const host = hostOf(text);
  if (DOCKER_HUB_HOSTS.includes(host)) return DOCKER_HUB;
  if (isRegistry(host)) return host;
  throw new EngineError(
    `Cannot use registry "${text}": it must be a host, with a port where it needs one, such as ` +
      '"registry.example:5000"',
    { kind: "invalid" },
  );
}
