/**
 * The container's side of networks: its interfaces, addresses and routes.
 *
 * @module
 */

import type { Endpoint } from "./endpoint.ts";
import { quoted } from "./ip_batch.ts";
import type { Network } from "./network.ts";

/** An endpoint and what it takes to connect it. */
export interface Connection {
  /** The endpoint, with its addresses. */
  endpoint: Endpoint;
  /** Its network. */
  network: Network;
  /** The size of the largest packet, in bytes. */
  mtu: number;
}

/** Whose interface it is, for whoever looks at the host's. */
export interface InterfaceOwner {
  /** The instance's short name. */
  instance: string;
  /** The beginning of the container's id. */
  container: string;
}

/**
 * Names the host's end of a container's interface: a new one each time, as of the last run's the
 * kernel may not be rid yet.
 *
 * @param network The network.
 * @returns The name; nothing where there is no such end.
 */
export function hostEndName({ driver }: Network): string | undefined {
  if (driver !== "bridge") return undefined;
  const bytes = crypto.getRandomValues(new Uint8Array(5));
  return `tsdv${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/**
 * Writes the commands that make a container's interface, on the host. The host's end is left off.
 *
 * @param connection What is connected.
 * @param owner Whose it is.
 * @param namespacePath Leads ip to the container's network namespace.
 * @param hostEnd The name of the host's end, if there is to be one.
 * @returns Commands of ip(8).
 */
export function hostLines(
  { endpoint, mtu, network }: Connection,
  owner: InterfaceOwner,
  namespacePath: string,
  hostEnd: string | undefined,
): string[] {
  const inside = `name ${endpoint.interface} netns ${namespacePath}`;
  const address = endpoint.mac === undefined ? "" : ` address ${endpoint.mac}`;
  const { interface: parent, options } = network;
  if (network.driver === "macvlan") {
    const mode = options.macvlan_mode ?? "bridge";
    return [`link add link ${parent} ${inside}${address} type macvlan mode ${mode}`];
  }
  if (network.driver === "ipvlan") {
    const mode = options.ipvlan_mode ?? "l2";
    const flag = options.ipvlan_flag ?? "bridge";
    return [`link add link ${parent} ${inside} type ipvlan mode ${mode} ${flag}`];
  }
  return [
    `link add ${hostEnd} mtu ${mtu} master ${parent} type veth peer ${inside}${address} mtu ${mtu}`,
    `link set ${hostEnd} alias ${quoted(`${owner.instance}:${network.name}:${owner.container}`)}`,
    `link set ${hostEnd} addrgenmode none`,
    // A container that asks for its own published port is answered through the port of the bridge
    // that it asked through.
    `link set ${hostEnd} type bridge_slave hairpin on`,
  ];
}

/**
 * Writes the commands that set up a container's interface, inside.
 *
 * @param connection What is connected.
 * @returns Commands of ip(8).
 */
export function insideLines({ endpoint, mtu, network }: Connection): string[] {
  const { address4, address6, interface: name } = endpoint;
  const lines: string[] = [];
  if (network.driver !== "bridge") lines.push(`link set ${name} mtu ${mtu}`);
  for (const address of [address4, address6]) {
    if (address === undefined) continue;
    const isIpv6 = address.includes(":");
    const own = network.subnets.find(({ subnet }) => subnet.includes(":") === isIpv6)!;
    // We give out each address once: there is nobody to ask whether it is free (RFC 4862, 5.4).
    const flags = isIpv6 ? " nodad" : "";
    lines.push(`addr add ${address}/${own.subnet.split("/")[1]} dev ${name}${flags}`);
  }
  return [...lines, `link set ${name} up`];
}

/**
 * Writes the commands that lead everything else to the first network with a way out.
 *
 * @param connections Everything the container is connected to.
 * @returns Commands of ip(8), which may be repeated.
 */
export function defaultRouteLines(
  connections: readonly Pick<Connection, "endpoint" | "network">[],
): string[] {
  return [false, true].flatMap((isIpv6) => {
    for (const { endpoint, network } of connections) {
      if (network.internal) continue;
      const own = network.subnets.find(({ subnet }) => subnet.includes(":") === isIpv6);
      const everything = isIpv6 ? "::/0" : "0.0.0.0/0";
      if (network.driver === "ipvlan" && network.options.ipvlan_mode?.startsWith("l3") && own) {
        return [`route replace ${everything} dev ${endpoint.interface}`];
      }
      if (own?.gateway === undefined) continue;
      return [`route replace ${everything} via ${own.gateway} dev ${endpoint.interface}`];
    }
    return [];
  });
}
