/**
 * IP addresses and subnets, as numbers.
 *
 * @module
 */

/** The versions of the Internet Protocol. */
export type Family = 4 | 6;

/**
 * Tells which version of IP an address or subnet belongs to.
 *
 * @param address The address or subnet, as text that is known to be one.
 * @returns 4 or 6.
 */
export function familyOf(address: string): Family {
  return address.includes(":") ? 6 : 4;
}

/** An address. */
export interface Address {
  /** Its version. */
  family: Family;
  /** Its bits as a number. */
  value: bigint;
}

/** A subnet, and the address it was written with. */
export interface Subnet {
  /** Its version. */
  family: Family;
  /** Its first address, as a number: the network's own. */
  first: bigint;
  /** Its last address, as a number. */
  last: bigint;
  /** How many bits its addresses have in common. */
  prefix: number;
  /** The address before the slash, which need not be the first. */
  address: bigint;
}

const BITS: Readonly<Record<Family, number>> = { 4: 32, 6: 128 };
const OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`);
const GROUPS = 8;

/**
 * Reads an address.
 *
 * @param text Such as `10.1.2.3`, `fd00::1`, `::ffff:10.1.2.3`.
 * @returns The address; nothing where it is none.
 */
export function parseAddress(text: string): Address | undefined {
  const value = text.includes(":") ? parseIpv6(text) : parseIpv4(text);
  if (value === undefined) return undefined;
  return { family: text.includes(":") ? 6 : 4, value };
}

function parseIpv4(text: string): bigint | undefined {
  const octets = IPV4.exec(text)?.slice(1);
  return octets?.reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

function parseIpv6(text: string): bigint | undefined {
  const sides = text.split("::");
  if (sides.length > 2) return undefined;
  const [head, tail] = sides.map(groups);
  if (head === undefined || (sides.length === 2 && tail === undefined)) return undefined;
  const missing = GROUPS - head.length - (tail?.length ?? 0);
  if (sides.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...head, ...Array<bigint>(missing).fill(0n), ...tail ?? []];
  return all.reduce((value, group) => (value << 16n) | group, 0n);
}

/** The groups of one side of a `::`; the last two may be written as an IPv4 address. */
function groups(side: string): bigint[] | undefined {
  if (side === "") return [];
  const result: bigint[] = [];
  const parts = side.split(":");
  for (const [index, part] of parts.entries()) {
    const embedded = index === parts.length - 1 ? parseIpv4(part) : undefined;
    if (embedded !== undefined) result.push(embedded >> 16n, embedded & 0xffffn);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) result.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return result;
}

/**
 * Writes an address.
 *
 * @param address The address.
 * @returns Its usual form: `10.1.2.3`, or in the words of RFC 5952 `fd00::1`.
 */
export function formatAddress({ family, value }: Address): string {
  if (family === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");
  }
  const parts = Array.from(
    { length: GROUPS },
    (_, index) => ((value >> BigInt(16 * (GROUPS - 1 - index))) & 0xffffn).toString(16),
  );
  const text = parts.join(":");
  // The longest run of zeros, of at least two, is left out (RFC 5952, section 4.2).
  const zeros = [...text.matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)].map(([run]) => run);
  const longest = zeros.reduce((one, other) => other.length > one.length ? other : one, "");
  if (longest === "") return text;
  return text.replace(new RegExp(`:?(?<![0-9a-f])${longest}(?![0-9a-f]):?`), "::");
}

/**
 * Reads a subnet.
 *
 * @param text Such as `10.1.0.0/16`, `fd00::/64`.
 * @returns The subnet; nothing where it is none.
 */
export function parseSubnet(text: string): Subnet | undefined {
  const [, before = "", bits = ""] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseAddress(before);
  if (address === undefined || Number(bits) > BITS[address.family]) return undefined;
  return subnetOf(address, Number(bits));
}

/**
 * Gives the subnet an address lies in.
 *
 * @param address The address.
 * @param prefix How many bits the subnet's addresses have in common.
 * @returns The subnet.
 */
export function subnetOf({ family, value }: Address, prefix: number): Subnet {
  const host = (1n << BigInt(BITS[family] - prefix)) - 1n;
  const first = value & ~host;
  return { family, prefix, first, last: first | host, address: value };
}

/**
 * Writes a subnet.
 *
 * @param subnet The subnet.
 * @returns Text such as `10.1.0.0/16`.
 */
export function formatSubnet({ family, first, prefix }: Subnet): string {
  return `${formatAddress({ family, value: first })}/${prefix}`;
}

/**
 * Tells whether an address lies in a subnet.
 *
 * @param subnet The subnet.
 * @param address The address, of whichever version.
 * @returns Whether it does.
 */
export function contains(subnet: Subnet, address: Address): boolean {
  return subnet.family === address.family && subnet.first <= address.value &&
    address.value <= subnet.last;
}

/**
 * Tells whether two subnets have an address in common.
 *
 * @param one A subnet.
 * @param other Another one, of whichever version.
 * @returns Whether they have.
 */
export function overlap(one: Subnet, other: Subnet): boolean {
  return one.family === other.family && one.first <= other.last && other.first <= one.last;
}
