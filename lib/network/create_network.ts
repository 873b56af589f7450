/**
 * Making networks, on record: bridges are made when the first container needs them.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import {
  contains,
  type Family,
  formatSubnet,
  parseAddress,
  parseSubnet,
  type Subnet,
} from "./address.ts";
import { defaultNetwork, type NetworkContext } from "./default_network.ts";
import { firstAddress, freeSubnet } from "./free_subnet.ts";
import { checkFree, givenSubnet } from "./given_subnets.ts";
import { readHostRoutes, subnetsOfRoutes } from "./host_routes.ts";
import {
  BridgeOption,
  type Network,
  type NetworkDriver,
  type NetworkSubnet,
  PREDEFINED_NETWORKS,
} from "./network.ts";
import { generateNetworkId } from "./network_id.ts";
import { checkNetworkOptions } from "./network_options.ts";
import { NetworkStore } from "./network_store.ts";
import { subnetsInUse } from "./subnets_in_use.ts";

/** What may be asked of a new network; only a name is needed. */
export interface CreateNetworkOptions {
  /** Its name. */
  name: string;
  /**
   * How containers are connected: `bridge`, `macvlan`, `ipvlan`.
   *
   * @default "bridge"
   */
  driver?: string;
  /** Its subnets, at most one of each version of IP; free ones where absent. */
  subnets?: readonly string[];
  /** The gateway of each subnet; its first address where absent. */
  gateways?: readonly string[];
  /** The part of each subnet that containers get addresses from. */
  ranges?: readonly string[];
  /** Addresses that no container gets, by a name for each. */
  auxiliary?: Readonly<Record<string, string>>;
  /**
   * Whether there is no way out of it.
   *
   * @default false
   */
  internal?: boolean;
  /**
   * Whether its containers have IPv6 addresses.
   *
   * @default false
   */
  ipv6?: boolean;
  /** Labels by name. */
  labels?: Readonly<Record<string, string>>;
  /** The driver's options, with Docker's names. */
  options?: Readonly<Record<string, string>>;
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const DRIVERS: readonly string[] = ["bridge", "macvlan", "ipvlan"];

/**
 * Makes a network.
 *
 * @param context What it is made with.
 * @param wanted What is asked for.
 * @returns The network, on record.
 * @throws {EngineError} `invalid`: it cannot be like that; `conflict`: its name or its subnet is in
 * use, or none is free.
 */
export function createNetwork(context: NetworkContext, wanted: CreateNetworkOptions): Network {
  const { database } = context;
  const { driver = "bridge", internal = false, labels, name, options = {} } = wanted;
  checkName(name);
  if (!DRIVERS.includes(driver)) {
    throw new EngineError(`plugin "${driver}" not found`, { kind: "notFound" });
  }
  checkNetworkOptions(driver, options);
  // So that it keeps its place at the beginning of the pool.
  if ((wanted.subnets ?? []).length === 0) defaultNetwork(context);
  const store = new NetworkStore(database);
  return database.transaction(() => {
    if (store.byName(name)) {
      throw new EngineError(`network with name ${name} already exists`, { kind: "conflict" });
    }
    const id = generateNetworkId();
    const subnets = chooseSubnets(context, wanted);
    const network: Network = {
      id,
      name,
      driver: driver as NetworkDriver,
      createdAt: Date.now(),
      interface: interfaceName(driver, id, options),
      internal,
      ipv6: subnets.some(({ subnet }) => subnet.includes(":")),
      subnets,
      options: { ...options },
      labels: { ...labels },
    };
    store.insert(network);
    return network;
  });
}

/** The bridge, or the parent of macvlan and ipvlan; as long as the kernel allows. */
function interfaceName(
  driver: string,
  id: string,
  options: Readonly<Record<string, string>>,
): string {
  if (driver === "bridge") return options[BridgeOption.NAME] ?? `tsd${id.slice(0, 12)}`;
  return options.parent ?? `dm-${id.slice(0, 12)}`;
}

function checkName(name: string): void {
  if (PREDEFINED_NETWORKS.includes(name) || name === "default") {
    throw new EngineError(`operation is not permitted on predefined ${name} network`, {
      kind: "denied",
    });
  }
  if (NAME.test(name)) return;
  throw new EngineError(
    `Cannot create network "${name}": invalid name: only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    { kind: "invalid" },
  );
}

function chooseSubnets(context: NetworkContext, wanted: CreateNetworkOptions): NetworkSubnet[] {
  checkSubnetsGiven(wanted);
  const given = (wanted.subnets ?? []).map(givenSubnet);
  const taken = subnetsInUse(context.database);
  // On a network of the host's own, its route is what is wanted.
  const routes = (wanted.driver ?? "bridge") === "bridge" ? readHostRoutes() : [];
  given.forEach((subnet, at) => checkFree(subnet, [...taken, ...given.slice(0, at)], routes));
  const families = given.map(({ family }) => family);
  if (new Set(families).size < families.length) {
    throw new EngineError(
      `Cannot create network "${wanted.name}": it may have one subnet of each version of IP`,
      { kind: "invalid" },
    );
  }
  const missing: Family[] = [
    ...families.includes(4) ? [] : [4 as const],
    ...wanted.ipv6 && !families.includes(6) ? [6 as const] : [],
  ];
  const inUse = [
    ...taken,
    ...given,
    ...subnetsOfRoutes(routes),
  ];
  const { config, instance } = context;
  const free = missing.map((family) =>
    freeSubnet({ family, instance, pools: config.addressPools, taken: inUse })
  );
  const all = [...given, ...free].sort((one, other) => one.family - other.family);
  return withDetails(all, wanted);
}

/** Which subnet is going to be free is nobody's to know. */
function checkSubnetsGiven({ gateways, ranges, subnets }: CreateNetworkOptions): void {
  const count = (list: readonly string[] | undefined) => list?.length ?? 0;
  if (count(subnets) > 0 || count(gateways) + count(ranges) === 0) return;
  throw new EngineError("every ip-range or gateway must have a corresponding subnet", {
    kind: "invalid",
  });
}

/** Gives each subnet its gateway, its range and its auxiliary addresses. */
function withDetails(subnets: readonly Subnet[], wanted: CreateNetworkOptions): NetworkSubnet[] {
  const invalid = (message: string) => new EngineError(message, { kind: "invalid" });
  const result = subnets.map((subnet): NetworkSubnet => ({ subnet: formatSubnet(subnet) }));
  const subnetWith = (text: string, what: string, first = text) => {
    const address = parseAddress(first);
    if (!address) throw invalid(`invalid ${what}: ${text}`);
    const at = subnets.findIndex((subnet) => contains(subnet, address));
    if (at < 0) throw invalid(`no matching subnet for ${what} ${text}`);
    return result[at]!;
  };
  for (const gateway of wanted.gateways ?? []) {
    const subnet = subnetWith(gateway, "gateway");
    if (subnet.gateway !== undefined) {
      throw invalid(`cannot configure multiple gateways for the same subnet ${subnet.subnet}`);
    }
    subnet.gateway = gateway;
  }
  for (const range of wanted.ranges ?? []) {
    const parsed = parseSubnet(range);
    if (!parsed) throw invalid(`invalid CIDR address: ${range}`);
    const subnet = subnetWith(range, "range", range.split("/")[0]);
    if (subnet.range !== undefined) {
      throw invalid(`cannot configure multiple ranges for the same subnet ${subnet.subnet}`);
    }
    if (parsed.prefix < parseSubnet(subnet.subnet)!.prefix) {
      throw invalid(`no matching subnet for range ${range}`);
    }
    subnet.range = formatSubnet(parsed);
  }
  for (const [name, address] of Object.entries(wanted.auxiliary ?? {})) {
    const subnet = subnetWith(address, "aux-address");
    subnet.auxiliary = { ...subnet.auxiliary, [name]: address };
  }
  // A network of the host's own without a way out has no address of ours on it.
  const needsGateway = (wanted.driver ?? "bridge") === "bridge" || !wanted.internal;
  for (const [at, subnet] of result.entries()) {
    if (needsGateway) subnet.gateway ??= firstAddress(subnets[at]!);
  }
  return result;
}
