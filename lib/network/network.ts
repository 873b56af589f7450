/**
 * What a network is.
 *
 * @module
 */

/** How containers are connected; `host` and `null` are those of the predefined networks only. */
export type NetworkDriver = "bridge" | "macvlan" | "ipvlan" | "host" | "null";

/** A range of addresses of a network. */
export interface NetworkSubnet {
  /** The subnet: `10.1.0.0/16`, `fd00::/64`. */
  subnet: string;
  /** The address of the way out: the bridge's own. */
  gateway?: string;
  /** The part of the subnet that containers get their addresses from; all of it where absent. */
  range?: string;
  /** Addresses that no container gets, by a name for each. */
  auxiliary?: Readonly<Record<string, string>>;
}

/** A network. */
export interface Network {
  /** 64 hexadecimal digits. */
  id: string;
  /** Unique. */
  name: string;
  /** How containers are connected. */
  driver: NetworkDriver;
  /** When it was created, in milliseconds since the epoch. */
  createdAt: number;
  /** The host's bridge, or the parent that macvlan and ipvlan share; none of predefined networks. */
  interface: string | undefined;
  /** Whether there is no way out of it. */
  internal: boolean;
  /** Whether its containers have IPv6 addresses. */
  ipv6: boolean;
  /** Its subnets, at most one of each version of IP. */
  subnets: NetworkSubnet[];
  /** The driver's options, with Docker's names. */
  options: Record<string, string>;
  /** Labels by name. */
  labels: Record<string, string>;
}

/** The network of containers that name none. */
export const DEFAULT_NETWORK = "bridge";

/** The networks every instance has. */
export const PREDEFINED_NETWORKS: readonly string[] = [DEFAULT_NETWORK, "host", "none"];

/** Options of the bridge driver, with Docker's names. */
export const BridgeOption = {
  /** What the bridge is called; a name is made up where it is missing. */
  NAME: "com.docker.network.bridge.name",
  /** `false`: containers reach each other through published ports only. */
  ICC: "com.docker.network.bridge.enable_icc",
  /** `false`: what leaves the host keeps the container's address. */
  MASQUERADE: "com.docker.network.bridge.enable_ip_masquerade",
  /** The host's address that ports are published at, unless they name one. */
  HOST_BINDING: "com.docker.network.bridge.host_binding_ipv4",
  /** The largest packet, in bytes. */
  MTU: "com.docker.network.driver.mtu",
} as const;

/**
 * Tells whether a network is one that every instance has.
 *
 * @param network The network.
 * @returns Whether it is.
 */
export function isPredefined({ name }: Pick<Network, "name">): boolean {
  return PREDEFINED_NETWORKS.includes(name);
}

/**
 * Gives a network's subnet of one version of IP.
 *
 * @param network The network.
 * @param family The version.
 * @returns The subnet, if it has one.
 */
export function subnetOfFamily(
  network: Pick<Network, "subnets">,
  family: 4 | 6,
): NetworkSubnet | undefined {
  return network.subnets.find(({ subnet }) => subnet.includes(":") === (family === 6));
}
