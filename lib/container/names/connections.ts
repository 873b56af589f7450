/**
 * What a run of a container has of networks.
 *
 * @module
 */

import {
  type Endpoint,
  EndpointStore,
  freeInterfaceName,
  LostNetworks,
  type Network,
  type NetworkedEndpoint,
  NetworkStore,
} from "../../network/mod.ts";
import type { Database, Roots } from "../../state/mod.ts";
import { refreshNames } from "./member_names.ts";

/**
 * Gives a container's endpoints their addresses.
 *
 * @param database The instance's.
 * @param containerId The container's whole id.
 * @returns The endpoints with their addresses, and their networks, in the order of its interfaces.
 * @throws {EngineError} `conflict`: a network has no address left; `notFound`: one was removed.
 */
export function leaseConnections(database: Database, containerId: string): NetworkedEndpoint[] {
  const endpoints = new EndpointStore(database);
  const networks = new NetworkStore(database);
  // All of them or none.
  return database.transaction(() => {
    // What a run has left that nobody cleaned up after.
    endpoints.release(containerId);
    new LostNetworks(database).restore(containerId);
    const leased: NetworkedEndpoint[] = [];
    for (const endpoint of endpoints.ofContainer(containerId)) {
      const network = networks.get(endpoint.networkId)!;
      const name = freeInterfaceName(leased.map(({ endpoint }) => endpoint.interface));
      leased.push({ endpoint: endpoints.lease(endpoint, network, name), network });
    }
    return leased;
  });
}

/**
 * Reads what a running container is connected to.
 *
 * @param database The instance's.
 * @param containerId The container's whole id.
 * @returns Its endpoints that have an interface, and their networks, in the order of these.
 */
export function currentConnections(database: Database, containerId: string): NetworkedEndpoint[] {
  const networks = new NetworkStore(database);
  return new EndpointStore(database).ofContainer(containerId)
    .filter((endpoint) => endpoint.interface !== undefined)
    .map((endpoint) => ({ endpoint, network: networks.get(endpoint.networkId)! }));
}

/**
 * Takes back what a run of a container had of networks; its interfaces went with its namespace.
 *
 * @param roots The instance's.
 * @param database The instance's.
 * @param containerId The container's whole id.
 */
export function releaseConnections(roots: Roots, database: Database, containerId: string): void {
  const released = new EndpointStore(database).release(containerId);
  if (released.length === 0) return;
  recordConnections(database, released, "disconnect");
  refreshNames(roots, database, released.map(({ networkId }) => networkId));
}

/**
 * Records that a container came to networks or left them.
 *
 * @param database The instance's.
 * @param endpoints Its endpoints.
 * @param action Which of the two.
 */
export function recordConnections(
  database: Database,
  endpoints: readonly Endpoint[],
  action: "connect" | "disconnect",
): void {
  const networks = new NetworkStore(database);
  database.transaction(() => {
    for (const { containerId, networkId } of endpoints) {
      const network: Network | undefined = networks.get(networkId);
      if (network) networks.recordEvent(network, action, { container: containerId });
    }
  });
}
