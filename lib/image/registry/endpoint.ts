/**
 * Where a registry is: its address, and its mirrors.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import { EngineError } from "../../errors.ts";
import { DOCKER_HUB } from "../spec/reference.ts";
import { isInsecure, isLoopback } from "./host.ts";

/** A server that speaks the registry protocol. */
export interface Endpoint {
  /** The host, and its port where it has one. */
  readonly host: string;
  /** The name its credentials are kept under. */
  readonly credentialHost: string;
  /** What may precede `/v2/` in a URL, preferred first; the first that works is kept. */
  readonly bases: readonly string[];
  /** True where it stands in for another registry. */
  readonly isMirror: boolean;
}

/** What the configuration says about hosts. */
export type HostPolicy = Pick<Config, "insecureRegistries" | "mirrors">;

const DOCKER_HUB_HOST = "registry-1.docker.io";

/**
 * Gives the servers that have a registry's content.
 *
 * @param registry The registry of a reference.
 * @param policy What the configuration says about hosts.
 * @returns The mirrors in their order, then the registry itself.
 * @throws {EngineError} `invalid`: a mirror would need plain HTTP and is not listed as insecure.
 */
export function pullEndpoints(registry: string, policy: HostPolicy): Endpoint[] {
  const mirrors = Object.hasOwn(policy.mirrors, registry) ? policy.mirrors[registry]! : [];
  return [...mirrors.map((url) => mirrorEndpoint(url, policy)), registryEndpoint(registry, policy)];
}

/**
 * Gives the server of a registry itself, which takes pushes and logins.
 *
 * @param registry The registry of a reference.
 * @param policy What the configuration says about hosts.
 * @returns The endpoint.
 */
export function registryEndpoint(registry: string, policy: HostPolicy): Endpoint {
  const host = registry === DOCKER_HUB ? DOCKER_HUB_HOST : registry;
  const [http, https] = [`http://${host}`, `https://${host}`];
  let bases = [https];
  if (isInsecure(registry, policy.insecureRegistries)) bases = [https, http];
  // Nothing on the way can listen in, so the usual case comes first.
  if (isLoopback(host)) bases = [http, https];
  return { host, credentialHost: registry, bases, isMirror: false };
}

/**
 * Tells whether a host may be spoken to over plain HTTP, and with a certificate of anyone.
 *
 * @param host The host, and its port where it has one.
 * @param policy What the configuration says about hosts.
 * @returns True for this machine and for hosts listed as insecure.
 */
export function toleratesInsecurity(host: string, policy: HostPolicy): boolean {
  return isLoopback(host) || isInsecure(host, policy.insecureRegistries);
}

function mirrorEndpoint(text: string, policy: HostPolicy): Endpoint {
  const { host, protocol } = new URL(text);
  if (protocol === "http:" && !toleratesInsecurity(host, policy)) {
    throw new EngineError(
      `Cannot use mirror "${text}": plain HTTP is allowed for hosts listed under ` +
        `"insecure-registries" only`,
      { kind: "invalid" },
    );
  }
  return { host, credentialHost: host, bases: [text], isMirror: true };
}
