/**
 * What the firewall is to let through: networks, and ports of the host that lead to containers.
 *
 * @module
 */

import type { PortForward } from "../port/port_forward.ts";

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

/** All that the firewall is to let through. */
export interface FirewallState {
  /** The instance's bridge networks. */
  networks: readonly FirewallNetwork[];
  /** The published ports of its running containers. */
  forwards: readonly PortForward[];
}
