/**
 * The firewall: who reaches whom, and what leads from the host's ports to containers.
 *
 * @module
 */

export type { FirewallDifference } from "./difference.ts";
export { Firewall } from "./firewall.ts";
export { instanceFirewall } from "./instance_firewall.ts";
export type { FirewallNetwork, FirewallState } from "./state.ts";
