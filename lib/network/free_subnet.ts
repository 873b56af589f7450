/**
 * Finding subnets that nobody uses yet.
 *
 * @module
 */

import { type AddressPool, DEFAULT_ADDRESS_POOLS } from "../config.ts";
import { EngineError } from "../errors.ts";
import { readIfPresent } from "../if_present.ts";
import {
  type Family,
  formatAddress,
  formatSubnet,
  overlap,
  parseSubnet,
  type Subnet,
  subnetOf,
} from "./address.ts";

// A pool whose first many subnets are all in use may be given up: one of IPv6 has 2^56.
const MOST_TRIES = 70_000;
const BITS: Readonly<Record<Family, number>> = { 4: 32, 6: 128 };

/** Where to look for a free subnet. */
export interface SubnetSearch {
  /** Its version of IP. */
  family: Family;
  /** The pools to take it from, in this order; where there are none of this version, ours. */
  pools?: readonly AddressPool[] | undefined;
  /** Subnets that are in use. */
  taken: readonly Subnet[];
  /** The instance's short name: different ones begin at different places, and rarely meet. */
  instance: string;
}

/**
 * Finds a subnet that overlaps none of those in use.
 *
 * @param search Where to look.
 * @returns The subnet.
 * @throws {EngineError} `conflict`: all are in use.
 */
export function freeSubnet({ family, instance, pools, taken }: SubnetSearch): Subnet {
  const ofFamily = (pool: AddressPool) => parseSubnet(pool.base)?.family === family;
  const given = (pools ?? []).filter(ofFamily);
  const usable = given.length > 0 ? given : defaultPools(family, instance);
  const start = instance === "tsd" ? 0 : hash(instance);
  for (const pool of usable) {
    for (const subnet of subnetsOf(pool, start)) {
      if (!taken.some((other) => overlap(other, subnet))) return subnet;
    }
  }
  throw new EngineError(
    `could not find an available, non-overlapping IPv${family} address pool among the defaults to ` +
      `assign to the network: remove networks, name a --subnet, or set "default-address-pools" in ` +
      `the configuration`,
    { kind: "conflict" },
  );
}

/** The subnets of a pool, all of them once, from some place on. */
function* subnetsOf({ base, size }: AddressPool, start: number): Generator<Subnet> {
  const pool = parseSubnet(base)!;
  const count = 1n << BigInt(size - pool.prefix);
  const step = 1n << BigInt(BITS[pool.family] - size);
  const tries = count < MOST_TRIES ? count : BigInt(MOST_TRIES);
  for (let at = 0n; at < tries; at++) {
    const index = (BigInt(start) + at) % count;
    yield subnetOf({ family: pool.family, value: pool.first + index * step }, size);
  }
}

function defaultPools(family: Family, instance: string): AddressPool[] {
  if (family === 4) return DEFAULT_ADDRESS_POOLS;
  // A unique local prefix (RFC 4193): forty bits that no other site is likely to have.
  const id = machineId();
  const bits = (BigInt(hash(`${id}${instance}`)) << 8n) | BigInt(hash(`${instance}${id}`) & 0xff);
  const value = (0xfdn << 120n) | (bits << 80n);
  return [{ base: formatSubnet(subnetOf({ family, value }, 48)), size: 64 }];
}

function machineId(): string {
  return readIfPresent("/etc/machine-id")?.trim() ?? "";
}

/** 32-bit FNV-1a: spreads instances out, protects nothing. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  }
  return value;
}

/**
 * Gives the first address of a subnet that a computer may have.
 *
 * @param subnet The subnet.
 * @returns The address, as text: `10.1.0.1`.
 */
export function firstAddress(subnet: Subnet): string {
  const { family, first, last } = subnet;
  return formatAddress({ family, value: last - first > 1n ? first + 1n : first });
}
