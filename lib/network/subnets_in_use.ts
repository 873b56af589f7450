/**
 * The subnets of an instance's networks.
 *
 * @module
 */

import type { Database } from "../state/mod.ts";
import { parseSubnet, type Subnet } from "./address.ts";
import { NetworkStore } from "./network_store.ts";

/**
 * Collects the subnets that networks have.
 *
 * @param database The instance's.
 * @returns The subnets.
 */
export function subnetsInUse(database: Database): Subnet[] {
  return new NetworkStore(database).list()
    .flatMap(({ subnets }) => subnets)
    .map(({ subnet }) => parseSubnet(subnet)!);
}
