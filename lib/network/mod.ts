/**
 * Networks: what they are, the addresses on them, and what connects containers to them.
 *
 * @module
 */

export {
  type Address,
  contains,
  type Family,
  formatAddress,
  formatSubnet,
  overlap,
  parseAddress,
  parseSubnet,
  type Subnet,
} from "./address.ts";
export type { Endpoint, EndpointWishes } from "./endpoint.ts";
export {
  BridgeOption,
  DEFAULT_NETWORK,
  isPredefined,
  type Network,
  type NetworkDriver,
  type NetworkSubnet,
  PREDEFINED_NETWORKS,
  subnetOfFamily,
} from "./network.ts";
export { NetworkStore } from "./network_store.ts";
