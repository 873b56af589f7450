/**
 * The connection of a container to a network.
 *
 * @module
 */

/** What a container asks of its connection to a network. */
export interface EndpointWishes {
  /** An IPv4 address that is its own, also while it does not run. */
  address4?: string;
  /** An IPv6 address that is its own, also while it does not run. */
  address6?: string;
  /** Its hardware address. */
  mac?: string;
  /** More names, besides the container's. */
  aliases?: readonly string[];
}

/** A container's connection to a network. */
export interface Endpoint {
  /** 64 hexadecimal digits. */
  id: string;
  /** The network's whole id. */
  networkId: string;
  /** The container's whole id. */
  containerId: string;
  /** What the container asked for. */
  wishes: EndpointWishes;
  /** Its IPv4 address, without the prefix length. */
  address4: string | undefined;
  /** Its IPv6 address, without the prefix length. */
  address6: string | undefined;
  /** Its hardware address, `02:42:0a:01:00:02`. */
  mac: string | undefined;
  /** The name of its interface in the container, while that runs: `eth0`. */
  interface: string | undefined;
}
