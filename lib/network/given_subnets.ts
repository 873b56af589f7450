/**
 * Subnets that users ask for.
 *
 * @module
 */

import { EngineError, invalid } from "../errors.ts";
import {
  contains,
  formatAddress,
  formatSubnet,
  overlap,
  parseSubnet,
  type Subnet,
} from "./address.ts";
import type { HostRoute } from "./host_routes.ts";

/** This machine alone, everybody, nobody: what no neighbour can have (RFC 6890). */
const UNUSABLE = ["0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::/127", "ff00::/8"]
  .map((text) => parseSubnet(text)!);

/**
 * Reads a subnet of a new network.
 *
 * @param text Such as `10.1.0.0/16`.
 * @returns The subnet.
 * @throws {EngineError} `invalid`: it is none, or no container can have its addresses.
 */
export function givenSubnet(text: string): Subnet {
  const subnet = parseSubnet(text);
  if (!subnet) throw invalid(`invalid CIDR address: ${text}`);
  if (subnet.address !== subnet.first) {
    throw invalid(`invalid subnet ${text}: it should be ${formatSubnet(subnet)}`);
  }
  const unusable = UNUSABLE.find((one) => overlap(one, subnet));
  if (!unusable) return subnet;
  throw invalid(
    `invalid subnet ${text}: no container can have addresses of ${formatSubnet(unusable)}`,
  );
}

/**
 * Checks that nobody uses a subnet.
 *
 * @param subnet The subnet.
 * @param taken Those of other networks.
 * @param routes The host's.
 * @throws {EngineError} `conflict`: somebody does.
 */
export function checkFree(
  subnet: Subnet,
  taken: readonly Subnet[],
  routes: readonly HostRoute[],
): void {
  const text = formatSubnet(subnet);
  const other = taken.find((one) => overlap(one, subnet));
  if (other) {
    throw conflict(
      `Pool overlaps with other one on this address space: ${text} and ${formatSubnet(other)}`,
    );
  }
  // A wider route of the host's goes on to serve everything else.
  const route = routes.find((one) =>
    overlap(one.subnet, subnet) && one.subnet.prefix >= subnet.prefix
  );
  if (route) {
    throw conflict(
      `Pool overlaps with a route of the host: ${text} and ${formatSubnet(route.subnet)} dev ` +
        route.interface,
    );
  }
  checkGateways(subnet, routes);
}

/** The bridge would have the address that the host's way out leads through. */
function checkGateways(subnet: Subnet, routes: readonly HostRoute[]): void {
  const { family } = subnet;
  for (const { gateway, interface: name, subnet: reached } of routes) {
    if (gateway === undefined || reached.family !== family) continue;
    const address = { family, value: gateway };
    if (!contains(subnet, address)) continue;
    throw conflict(
      `Pool overlaps with a route of the host: ${formatSubnet(subnet)} and its gateway ` +
        `${formatAddress(address)} dev ${name}`,
    );
  }
}

function conflict(message: string): EngineError {
  return new EngineError(message, { kind: "conflict" });
}
