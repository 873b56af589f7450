/**
 * What containers are connected to, for those who look at them.
 *
 * @module
 */

import { isConnected, type NetworkMode } from "../../container/record/network_mode.ts";
import type { ContainerRecord } from "../../container/record/store.ts";
import type { Endpoint } from "../../network/endpoint.ts";
import type { Network } from "../../network/network.ts";
import type { Database } from "../../state/mod.ts";

/** A connection of a container, on record. */
export interface ContainerConnection {
  /** The endpoint; it has no addresses while the container does not run. */
  endpoint: Endpoint;
  /** Its network. */
  network: Network;
}

/**
 * Reads what a container is connected to.
 *
 * @param database The instance's.
 * @param record The container.
 * @returns Its connections, in the order in which they were made.
 */
export async function containerConnections(
  database: Database,
  { id, settings }: Pick<ContainerRecord, "id" | "settings">,
): Promise<ContainerConnection[]> {
  if (!isConnected(settings.network)) return [];
  const { EndpointStore } = await import("../../network/endpoint_store.ts");
  const { NetworkStore } = await import("../../network/network_store.ts");
  const networks = new NetworkStore(database);
  return new EndpointStore(database).ofContainer(id)
    .map((endpoint) => ({ endpoint, network: networks.get(endpoint.networkId)! }));
}

/** The networks of a container as lists show them. */
export interface NetworkNames {
  /** Names of its networks. */
  names: string[];
  /** Whole ids of its networks. */
  ids: string[];
  /** Its addresses. */
  addresses: string[];
}

/**
 * Reads the networks of all containers at once.
 *
 * @param database The instance's.
 * @returns Gives those of a container.
 */
export function networkNames(
  database: Database,
): (record: Pick<ContainerRecord, "id" | "settings">) => NetworkNames {
  let rows: Map<string, NetworkNames> | undefined;
  const ids = new Map<NetworkMode, string>();
  const load = () => {
    rows = new Map();
    const found = database.all<Record<"id" | "network" | "name", string> & Addresses>(
      `SELECT e.container_id AS id, n.id AS network, n.name, e.address4, e.address6
         FROM networks n LEFT JOIN endpoints e ON n.id = e.network_id ORDER BY e.rowid`,
    );
    for (const { id, network, name, address4, address6 } of found) {
      ids.set(name, network);
      const one = rows.get(id) ?? { names: [], ids: [], addresses: [] };
      one.names.push(name);
      one.ids.push(network);
      one.addresses.push(...[address4, address6].filter((address) => address !== null));
      rows.set(id, one);
    }
    return rows;
  };
  return ({ id, settings }) => {
    const own = (rows ?? load()).get(id);
    if (own) return own;
    // None, the host's, another container's; or one that it was disconnected from.
    const mode = settings.network;
    const network = ids.get(mode);
    const isAlone = isConnected(mode);
    return {
      names: isAlone ? [] : [mode],
      ids: isAlone || network === undefined ? [] : [network],
      addresses: [],
    };
  };
}

interface Addresses {
  address4: string | null;
  address6: string | null;
}
