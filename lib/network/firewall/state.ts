/**
 * What the firewall is to let through: networks, and ports of the host that lead to containers.
 *
 * @module
 */

/** A bridge network as the firewall sees it. */
export interface FirewallNetwork {
  /** Its name; rules carry it as their comment. */
  name: string;
  /** The bridge's interface. */
  bridge: string;
  /** Its subnets of both families, such as `10.88.0.0/16`, `fd00:88::/64`. */
  subnets: readonly string[];
  /** Whether nothing gets in or out of it, whatever is published. */
  isInternal: boolean;
  /**
   * Whether its containers appear outside with an address of the host.
   *
   * @default true
   */
  masquerade?: boolean;
  /**
   * Whether its containers reach each other.
   *
   * @default true
   */
  betweenContainers?: boolean;
}

/** A port of the host that leads to one of a container. */
export interface PortForward {
  /** The container's whole id; its rules carry it as their comment. */
  containerId: string;
  /** The protocol. */
  protocol: "tcp" | "udp" | "sctp";
  /** An address of the host, of the container's family; `0.0.0.0` and `::` are all of them. */
  hostAddress: string;
  /** The host's port. */
  hostPort: number;
  /** The container's address; empty while it has none that can be reached. */
  containerAddress: string;
  /** The container's port. */
  containerPort: number;
}

/** All that the firewall is to let through. */
export interface FirewallState {
  /** The instance's bridge networks. */
  networks: readonly FirewallNetwork[];
  /** The published ports of its running containers. */
  forwards: readonly PortForward[];
}

/** The version of IP, each of which has a firewall of its own. */
export type Family = 4 | 6;

/**
 * Tells which version of IP an address or subnet belongs to.
 *
 * @param address The address or subnet.
 * @returns 4 or 6.
 */
export function familyOf(address: string): Family {
  return address.includes(":") ? 6 : 4;
}
