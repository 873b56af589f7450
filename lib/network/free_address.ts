/**
 * Finding addresses that nobody has yet.
 *
 * @module
 */

import { type Address, formatAddress, parseAddress, parseSubnet, type Subnet } from "./address.ts";
import type { NetworkSubnet } from "./network.ts";

/**
 * Finds the lowest free address of a subnet.
 *
 * @param subnet The subnet; where it has a range, only its addresses count.
 * @param used Addresses in use, besides the gateway's and the auxiliary ones.
 * @returns The address; nothing where all are in use.
 */
export function freeAddress(subnet: NetworkSubnet, used: readonly string[]): string | undefined {
  const whole = parseSubnet(subnet.subnet)!;
  const { family, first, last } = subnet.range === undefined ? whole : parseSubnet(subnet.range)!;
  const taken = new Set([
    ...used.map(valueOf),
    ...Object.values(subnet.auxiliary ?? {}).map(valueOf),
    ...subnet.gateway === undefined ? [] : [valueOf(subnet.gateway)],
    ...ownAddresses(whole),
  ]);
  for (let value = first; value <= last; value++) {
    if (!taken.has(value)) return formatAddress({ family, value });
  }
  return undefined;
}

/** What stands for a subnet itself: its first address, and in IPv4 its last one, to which all listen. */
function ownAddresses({ family, first, last }: Subnet): bigint[] {
  if (last - first <= 1n) return [];
  return family === 4 ? [first, last] : [first];
}

function valueOf(text: string): bigint {
  return parseAddress(text)!.value;
}

// The second bit of the first byte: given out locally. As Docker's were for ten years.
const MAC_PREFIX = "02:42";

/**
 * Makes a hardware address of an endpoint's addresses.
 *
 * Whoever gets an address again gets the same hardware address with it, so that what its neighbours
 * remember of it stays true.
 *
 * @param address4 Its IPv4 address, if it has one.
 * @param address6 Its IPv6 address, if it has one.
 * @returns Text such as `02:42:0a:01:00:02`.
 */
export function macOf(address4: string | undefined, address6: string | undefined): string {
  const { value } = parseAddress(address4 ?? address6 ?? "0.0.0.0") as Address;
  const digits = (value & 0xffffffffn).toString(16).padStart(8, "0");
  return `${MAC_PREFIX}:${digits.match(/../g)!.join(":")}`;
}
