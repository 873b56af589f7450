/**
 * Which ports of a new container are exposed, and which are published.
 *
 * @module
 */

import type { ContainerSettings } from "../../container/mod.ts";
import { EngineError } from "../../errors.ts";
import { parseExposedPorts, portKey, requestsForExposed } from "../../network/port/port_request.ts";
import type { CreateContainerOptions } from "./options.ts";

/**
 * Puts together what a container's ports are.
 *
 * @param imagePorts The ports its image exposes, such as `80/tcp`.
 * @param options What was asked for.
 * @returns The settings that concern ports.
 * @throws {EngineError} `invalid`: ports cannot be published on the network that was asked for.
 */
export function portSettings(
  imagePorts: readonly string[],
  options: CreateContainerOptions,
): Pick<ContainerSettings, "exposedPorts" | "publish" | "publishAll"> {
  const { publish = [], publishAll = false } = options;
  const exposed = new Set([
    ...imagePorts.flatMap(parseExposedPorts),
    ...options.exposedPorts ?? [],
    ...publish.map(portKey),
  ]);
  const exposedPorts = [...exposed];
  const requests = publishAll
    ? [...publish, ...requestsForExposed(exposedPorts, publish)]
    : [...publish];
  checkNetwork(requests.length, options);
  return {
    exposedPorts,
    ...requests.length > 0 && { publish: requests },
    ...publishAll && { publishAll },
  };
}

/** Nothing leads to where a container has the network of the host, of another one, or none. */
function checkNetwork(count: number, { network }: CreateContainerOptions): void {
  const isOwn = network === undefined ||
    !(/^(host|none)$/.test(network) || network.startsWith("container:"));
  if (count === 0 || isOwn) return;
  throw new EngineError(
    `Cannot create the container: conflicting options: port publishing and the network mode ` +
      `"${network}"`,
    { kind: "invalid" },
  );
}
