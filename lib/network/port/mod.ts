/**
 * Published ports: what is asked for, and which ports of the host are held for it.
 *
 * @module
 */

export { forgetFlows } from "./forget_flows.ts";
export { HeldPorts, type PortOwner } from "./held_ports.ts";
export {
  parseExposedPorts,
  parsePortRequests,
  portKey,
  type PortProtocol,
  type PortRequest,
  requestsForExposed,
} from "./port_request.ts";
export { type ContainerAddresses, PortStore } from "./port_store.ts";
export { hostText, portsText, type PublishedPort } from "./published_port.ts";
