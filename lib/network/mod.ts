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
export {
  connectNamespace,
  disconnectNamespace,
  freeInterfaceName,
  type NamespaceSide,
  type NetworkedEndpoint,
} from "./connect.ts";
export { createNetwork, type CreateNetworkOptions } from "./create_network.ts";
export { defaultBridge, defaultNetwork, type NetworkContext } from "./default_network.ts";
export type { Endpoint, EndpointWishes } from "./endpoint.ts";
export { checkWishes, EndpointStore } from "./endpoint_store.ts";
export {
  bridgeProblem,
  ensureHostInterface,
  type EnsureOptions,
  hasHostInterface,
  type HostSide,
  ignoreRouters,
  type InstanceInterface,
  instanceInterfaces,
  interfaceState,
  removeHostInterface,
  removeInterface,
} from "./host_interface.ts";
export { isInterfaceSysctl } from "./interface_sysctls.ts";
export { LostNetworks } from "./lost_networks.ts";
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
export {
  createNetworkNamespace,
  inNetworkNamespace,
  switchLoopbackOn,
} from "./network_namespace.ts";
export { NetworkStore } from "./network_store.ts";
export {
  findProgram,
  type ProgramCall,
  type ProgramResult,
  type ProgramRunner,
  runCommand,
} from "./program.ts";
export { Firewall, type FirewallDifference, instanceFirewall } from "./firewall/mod.ts";
export {
  type ContainerAddresses,
  forgetFlows,
  HeldPorts,
  parseExposedPorts,
  parsePortRequests,
  portKey,
  type PortOwner,
  type PortProtocol,
  type PortRequest,
  PortStore,
  type PublishedPort,
  requestsForExposed,
} from "./port/mod.ts";
