/**
 * The network of containers that name none.
 *
 * @module
 */

import type { Config } from "../config.ts";
import type { Database } from "../state/mod.ts";
import { formatAddress, formatSubnet, parseSubnet } from "./address.ts";
import { firstAddress, freeSubnet } from "./free_subnet.ts";
import { readHostRoutes, subnetsOfRoutes } from "./host_routes.ts";
import { BridgeOption, DEFAULT_NETWORK, type Network, type NetworkSubnet } from "./network.ts";
import { NetworkStore } from "./network_store.ts";
import { subnetsInUse } from "./subnets_in_use.ts";

/** What networks are made with, besides what is asked of them. */
export interface NetworkContext {
  /** The instance's records. */
  database: Database;
  /** The instance's short name, see `Roots`. */
  instance: string;
  /** The instance's configuration. */
  config: Pick<Config, "addressPools" | "bridgeAddress" | "mtu">;
}

/**
 * Finds the default network; the first time it gets its bridge's name and its subnet.
 *
 * @param context What it is made with.
 * @returns The network, ready for use.
 * @throws {EngineError} `conflict`: no subnet is free.
 */
export function defaultNetwork(context: NetworkContext): Network {
  const { config, database, instance } = context;
  const store = new NetworkStore(database);
  const ready = store.byName(DEFAULT_NETWORK)!;
  if (ready.subnets.length > 0) return ready;
  return database.transaction(() => {
    const network = store.byName(DEFAULT_NETWORK)!;
    // Another command may have been faster.
    if (network.subnets.length > 0) return network;
    network.interface = defaultBridge(instance);
    network.subnets = [defaultSubnet(context)];
    network.options = {
      [BridgeOption.NAME]: network.interface,
      ...config.mtu !== undefined && { [BridgeOption.MTU]: `${config.mtu}` },
    };
    store.setAddresses(network);
    return network;
  });
}

/**
 * Names the default network's bridge.
 *
 * @param instance The instance's short name.
 * @returns At most 15 characters, which is what the kernel allows.
 */
export function defaultBridge(instance: string): string {
  return instance === "tsd" ? "tsd0" : `${instance}-0`;
}

function defaultSubnet({ config, database, instance }: NetworkContext): NetworkSubnet {
  if (config.bridgeAddress !== undefined) {
    const subnet = parseSubnet(config.bridgeAddress)!;
    const { address, family } = subnet;
    return { subnet: formatSubnet(subnet), gateway: formatAddress({ family, value: address }) };
  }
  const taken = [
    ...subnetsInUse(database),
    ...subnetsOfRoutes(readHostRoutes()),
  ];
  const subnet = freeSubnet({ family: 4, instance, pools: config.addressPools, taken });
  return { subnet: formatSubnet(subnet), gateway: firstAddress(subnet) };
}
