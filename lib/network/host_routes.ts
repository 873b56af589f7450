/**
 * Where the host's own routes lead.
 *
 * @module
 */

import { readIfPresent } from "../if_present.ts";
import { parseAddress, type Subnet, subnetOf } from "./address.ts";

/** A route of the host. */
export interface HostRoute {
  /** Where it leads to; of a default route everywhere. */
  subnet: Subnet;
  /** The interface it leads through. */
  interface: string;
  /** The machine it leads through, as a number; none where it leads to neighbours. */
  gateway?: bigint;
}

const DEFAULT_MTU = 1500;
// linux/route.h: RTF_UP, RTF_REJECT.
const RTF_UP = 0x1;
const RTF_REJECT = 0x200;

/**
 * Reads the host's main routes, of both versions of IP.
 *
 * @returns The routes.
 */
export function readHostRoutes(): HostRoute[] {
  return [
    ...parseRoutes(readProc("/proc/net/route")),
    ...parseIpv6Routes(readProc("/proc/net/ipv6_route")),
  ];
}

/**
 * Tells whether a route is one for everything that has no other.
 *
 * @param route The route.
 * @returns Whether it is.
 */
export function isDefaultRoute({ subnet }: HostRoute): boolean {
  return subnet.prefix === 0;
}

/**
 * Lists what the host reaches by routes of its own, so that nothing else may have these addresses.
 *
 * @param routes The host's routes.
 * @returns The subnets they lead to, default routes aside, and each machine that one leads through: its
 * address need not be in any of them.
 */
export function subnetsOfRoutes(routes: readonly HostRoute[]): Subnet[] {
  return routes.flatMap((route) => {
    const { gateway, subnet } = route;
    const { family } = subnet;
    const through = gateway === undefined
      ? []
      : [subnetOf({ family, value: gateway }, family === 4 ? 32 : 128)];
    return isDefaultRoute(route) ? through : [subnet, ...through];
  });
}

/**
 * Finds the size of the largest packet that leaves the host undivided.
 *
 * @param routes The host's routes.
 * @returns The MTU of the interface that its default route leads through, in bytes; 1500 without one.
 */
export function uplinkMtu(routes: readonly HostRoute[]): number {
  const uplink = routes.find((route) => isDefaultRoute(route) && route.subnet.family === 4) ??
    routes.find(isDefaultRoute);
  if (!uplink) return DEFAULT_MTU;
  return Number(readProc(`/sys/class/net/${uplink.interface}/mtu`)) || DEFAULT_MTU;
}

/**
 * Takes IPv4 routes apart.
 *
 * @param text The text of `/proc/net/route` (proc(5)): numbers in hexadecimal digits, addresses with
 * their bytes in the machine's order.
 * @returns The routes that are in use.
 */
export function parseRoutes(text: string): HostRoute[] {
  return text.split("\n").slice(1).flatMap((line) => {
    const [name, destination, gateway, flags, , , , mask] = line.split("\t");
    if (name === undefined || mask === undefined) return [];
    if (!(parseInt(flags!, 16) & RTF_UP)) return [];
    const prefix = ones(swapped(mask));
    return [{
      subnet: subnetOf({ family: 4, value: swapped(destination!) }, prefix),
      interface: name,
      ...parseInt(gateway!, 16) !== 0 && { gateway: swapped(gateway!) },
    }];
  });
}

/** Addresses are shown as the machine's numbers; all machines this runs on are little-endian. */
function swapped(hex: string): bigint {
  return BigInt(`0x${hex.match(/../g)!.toReversed().join("")}`);
}

function ones(mask: bigint): number {
  return mask.toString(2).replaceAll("0", "").length;
}

/**
 * Takes IPv6 routes apart.
 *
 * @param text The text of `/proc/net/ipv6_route`.
 * @returns The routes that are in use, but for those to single addresses and to neighbours.
 */
export function parseIpv6Routes(text: string): HostRoute[] {
  return text.split("\n").flatMap((line) => {
    const [destination, prefix, , , gateway, , , , flags, name] = line.trim().split(/\s+/);
    if (name === undefined || parseInt(flags!, 16) & RTF_REJECT) return [];
    const address = parseAddress(destination!.match(/.{4}/g)!.join(":"))!;
    const next = BigInt(`0x${gateway}`);
    const bits = parseInt(prefix!, 16);
    const isLocal = bits === 128 || destination!.startsWith("fe80") ||
      destination!.startsWith("ff");
    if (isLocal) return [];
    const subnet = subnetOf(address, bits);
    return [{ subnet, interface: name, ...next !== 0n && { gateway: next } }];
  });
}

/** Empty: a kernel without IPv6; an interface that has just gone. */
function readProc(path: string): string {
  return readIfPresent(path) ?? "";
}
