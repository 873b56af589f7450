/**
 * What an instance's records say the firewall is to let through.
 *
 * @module
 */

import type { Database, Roots } from "../../state/mod.ts";
import { BridgeOption, type Network } from "../network.ts";
import { NetworkStore } from "../network_store.ts";
import { PortStore } from "../port/port_store.ts";
import { Firewall } from "./firewall.ts";
import type { FirewallNetwork } from "./state.ts";

/**
 * Refers to the firewall of an instance.
 *
 * @param roots The instance's.
 * @param database Its records, which say what is to be let through.
 * @returns The firewall; nothing is touched yet.
 */
export function instanceFirewall(roots: Roots, database: Database): Firewall {
  const networks = new NetworkStore(database);
  const ports = new PortStore(database);
  return new Firewall(roots, () => ({
    networks: networks.list().flatMap(firewallNetwork),
    forwards: ports.list(),
  }));
}

/** Only bridges are ours to filter; macvlan and ipvlan pass the host by. */
function firewallNetwork(network: Network): FirewallNetwork[] {
  const { driver, interface: bridge, internal, name, options, subnets } = network;
  if (driver !== "bridge" || bridge === undefined) return [];
  return [{
    name,
    bridge,
    subnets: subnets.map(({ subnet }) => subnet),
    isInternal: internal,
    masquerade: options[BridgeOption.MASQUERADE] !== "false",
    betweenContainers: options[BridgeOption.ICC] !== "false",
  }];
}
