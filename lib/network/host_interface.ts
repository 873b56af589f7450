/**
 * The host's side of networks: bridges, and what macvlan and ipvlan share.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { isGoneInterface } from "../gone.ts";
import { ifPresent } from "../if_present.ts";
import { formatSubnet, overlap, parseSubnet } from "./address.ts";
import { macOf } from "./free_address.ts";
import { isDefaultRoute, readHostRoutes, uplinkMtu } from "./host_routes.ts";
import { quoted, runIp } from "./ip_batch.ts";
import { DEAF, hasIpv6, hostIpv6Settings, setIpv6 } from "./ipv6_settings.ts";
import type { Network } from "./network.ts";
import { wantedMtu } from "./network_options.ts";
import type { ProgramRunner } from "./program.ts";

/** What is done on the host is done with these. */
export interface HostSide {
  /** Runs programs. */
  run: ProgramRunner;
  /** The instance's short name; it is part of the aliases of its interfaces. */
  instance: string;
}

const IFF_UP = 1;
const VLAN = /^(.+)\.(\d+)$/;

/**
 * Makes the interface that a network's containers are connected through, unless it is there.
 *
 * @param host What it is done with.
 * @param network The network.
 * @param options How closely to look.
 * @throws {EngineError} `conflict`: its name, or its subnet, is used by something that is not ours;
 * `notFound`: the parent it names does not exist; `unavailable`: ip is not installed.
 */
export async function ensureHostInterface(
  host: HostSide,
  network: Network,
  options: EnsureOptions = {},
): Promise<void> {
  const name = network.interface!;
  const isOwn = network.driver === "bridge" || network.options.parent === undefined;
  const state = interfaceState(name);
  if (!isOwn && state) return;
  if (state && state.alias !== aliasOf(host, network)) throw strangerError(network, name);
  if (state?.isUp && !options.thorough) return setIpv6(name, hostIpv6Settings(network.ipv6));
  const exists = state !== undefined;
  const isBridge = network.driver === "bridge";
  if (!isBridge) checkVlanParent(network, name);
  else if (!exists) checkRoutes(network);
  const made = runIp(
    host.run,
    isBridge ? bridgeLines(host, network, exists) : parentLines(host, network, exists),
  );
  // The bridge is the router: what a container says of routes changes nothing for the host.
  const after = made.then(() => {
    for (const own of ownNames(network)) setIpv6(own, hostIpv6Settings(network.ipv6));
  });
  const lines = isBridge
    ? [...addressLines(network), ...portLines(host, network)]
    : ownNames(network).reverse().map((own) => `link set ${own} up`);
  await runIp(host.run, lines, { after });
}

/**
 * Has no interface of an instance listen to routers, as those do that an earlier version has made.
 *
 * @param host What it is looked at with.
 */
export function ignoreRouters(host: HostSide): void {
  for (const { name } of instanceInterfaces(host.instance)) setIpv6(name, DEAF);
}

/**
 * Tells whether the interface that a network's containers are connected through is there and on.
 *
 * @param host What it is looked at with.
 * @param network The network.
 * @returns Whether {@linkcode ensureHostInterface} would have nothing to do.
 */
export function hasHostInterface(host: HostSide, network: Network): boolean {
  const state = interfaceState(network.interface!);
  return state !== undefined && state.isUp && state.alias === aliasOf(host, network) &&
    hasIpv6(network.interface!, hostIpv6Settings(network.ipv6));
}

/** How closely {@linkcode ensureHostInterface} looks. */
export interface EnsureOptions {
  /**
   * Whether one that is there and switched on is set up anew all the same.
   *
   * @default false
   */
  thorough?: boolean;
}

/** Containers that were connected to a bridge which somebody has removed get the new one. */
function portLines(host: HostSide, network: Network): string[] {
  const own = aliasOf(host, network);
  return instanceInterfaces(host.instance)
    .filter(({ alias }) => alias.startsWith(`${own}:`))
    .map(({ name }) => `link set ${name} master ${network.interface}`);
}

/**
 * Tells what is wrong with a network's own interface.
 *
 * @param host What it is looked at with.
 * @param network The network.
 * @returns What is wrong; nothing where all is well.
 */
export function bridgeProblem(host: HostSide, network: Network): string | undefined {
  const name = network.interface!;
  const state = interfaceState(name);
  if (!state) return `its interface ${name} was missing`;
  if (network.driver !== "bridge" && network.options.parent !== undefined) return undefined;
  if (!state.isUp) return `its interface ${name} was switched off`;
  if (!hasIpv6(name, hostIpv6Settings(network.ipv6))) {
    return `its interface ${name} listened to routers`;
  }
  if (network.driver !== "bridge") return undefined;
  // A bridge with its address has a route to its subnet.
  const routes = readHostRoutes().filter((route) => route.interface === name)
    .map(({ subnet }) => formatSubnet(subnet));
  const lost = network.subnets.find(({ gateway, subnet }) =>
    gateway !== undefined && !routes.includes(subnet)
  );
  if (lost) return `its interface ${name} had lost the address ${lost.gateway}`;
  const own = aliasOf(host, network);
  const loose = instanceInterfaces(host.instance).find((one) =>
    one.alias.startsWith(`${own}:`) && !isPortOf(one.name, name)
  );
  return loose && `the interface ${loose.name} (${loose.alias}) was not connected to it`;
}

function isPortOf(port: string, bridge: string): boolean {
  const master = ifPresent(() => Deno.readLinkSync(`/sys/class/net/${port}/master`));
  return master?.endsWith(`/${bridge}`) ?? false;
}

function strangerError(network: Network, name: string): EngineError {
  return new EngineError(
    `Cannot use network "${network.name}": the host has an interface "${name}" that is not its own`,
    { kind: "conflict" },
  );
}

/** The alias tells an administrator, and us after a crash, whose an interface is. */
function aliasOf({ instance }: HostSide, { name }: Network): string {
  return `${instance}:${name}`;
}

/**
 * Writes the commands that make a network's bridge, which is left off and without addresses.
 *
 * @param host What it is done with.
 * @param network The network.
 * @param exists Whether it was begun, and never finished: it is switched on last.
 * @returns Commands of ip(8).
 */
export function bridgeLines(host: HostSide, network: Network, exists: boolean): string[] {
  const name = network.interface!;
  const mtu = networkMtu(network);
  const [four, six] = [4, 6].map((family) =>
    network.subnets.find(({ subnet }) => subnet.includes(":") === (family === 6))?.gateway
  );
  return [
    // With an address of its own: otherwise it has the lowest of its ports', which come and go.
    ...exists ? [] : [`link add ${name} address ${macOf(four, six)} type bridge`],
    `link set ${name} alias ${quoted(aliasOf(host, network))}`,
    `link set ${name} mtu ${mtu}`,
    // Without IPv6 it needs no link-local address either.
    ...six === undefined ? [`link set ${name} addrgenmode none`] : [],
  ];
}

/**
 * Writes the commands that give a network's bridge its addresses, and switch it on last.
 *
 * @param network The network.
 * @returns Commands of ip(8), which may be repeated.
 */
export function addressLines(network: Network): string[] {
  const name = network.interface!;
  return [
    ...network.subnets.filter(({ gateway }) => gateway !== undefined).map(({ gateway, subnet }) =>
      `addr replace ${gateway}/${subnet.split("/")[1]} dev ${name}` +
      (subnet.includes(":") ? " nodad" : "")
    ),
    `link set ${name} up`,
  ];
}

/** The parent of macvlan and ipvlan: a VLAN that was asked for, or one that leads nowhere. */
function parentLines(host: HostSide, network: Network, exists: boolean): string[] {
  const name = network.interface!;
  const [, parent, id] = network.options.parent === undefined ? [] : VLAN.exec(name) ?? [];
  if (parent !== undefined) {
    const add = `link add link ${parent} name ${name} type vlan id ${id}`;
    return [...exists ? [] : [add], aliasLine(host, network, name)];
  }
  // A pair, as not every kernel has dummy interfaces; the other end is there to be connected to.
  const [, other] = ownNames(network);
  return [
    ...exists ? [] : [`link add ${name} type veth peer name ${other}`],
    aliasLine(host, network, other!),
    aliasLine(host, network, name),
  ];
}

function aliasLine(host: HostSide, network: Network, name: string): string {
  return `link set ${name} alias ${quoted(aliasOf(host, network))}`;
}

/** The interfaces of the host that are made for a network. */
function ownNames({ driver, interface: name, options }: Network): string[] {
  if (driver === "bridge" || options.parent !== undefined) return [name!];
  return [name!, name!.replace(/^dm-/, "dp-")];
}

function checkVlanParent(network: Network, name: string): void {
  if (network.options.parent === undefined) return;
  const parent = VLAN.exec(name)?.[1];
  if (parent !== undefined && interfaceState(parent)) return;
  throw new EngineError(
    `Cannot use network "${network.name}": the host has no interface "${name}" to be its parent`,
    { kind: "notFound" },
  );
}

/** Somebody else may have taken the addresses since the network was created. */
function checkRoutes(network: Network): void {
  const routes = readHostRoutes().filter((route) => !isDefaultRoute(route));
  for (const { subnet } of network.subnets) {
    const own = parseSubnet(subnet)!;
    const other = routes.find((route) =>
      overlap(route.subnet, own) && route.subnet.prefix >= own.prefix
    );
    if (!other) continue;
    throw new EngineError(
      `Cannot use network "${network.name}": its subnet ${subnet} overlaps with a route of the ` +
        `host, by way of "${other.interface}"`,
      { kind: "conflict" },
    );
  }
}

/**
 * Removes the interface of a network, if it is there and its own.
 *
 * @param host What it is done with.
 * @param network The network.
 */
export async function removeHostInterface(host: HostSide, network: Network): Promise<void> {
  const name = network.interface;
  if (name === undefined || interfaceState(name)?.alias !== aliasOf(host, network)) return;
  await removeInterface(host, name);
}

/**
 * Removes an interface of the host, if it is there.
 *
 * @param host What it is done with.
 * @param name Its name.
 */
export async function removeInterface(host: HostSide, name: string): Promise<void> {
  try {
    await runIp(host.run, [`link del ${name}`]);
  } catch (error) {
    // It has gone by itself, as those of containers do.
    if (interfaceState(name)) throw error;
  }
}

/**
 * Gives the size of the largest packet on a network.
 *
 * @param network The network.
 * @returns Bytes: what it was asked to have, or what the host's way out takes.
 */
export function networkMtu(network: Network): number {
  return wantedMtu(network) ?? uplinkMtu(readHostRoutes());
}

/** What is known of an interface of the host. */
export interface InterfaceState {
  /** Whether it is switched on. */
  isUp: boolean;
  /** Whatever an administrator has noted about it. */
  alias: string;
}

/**
 * Looks at an interface of the host.
 *
 * @param name Its name.
 * @returns What is known of it; nothing where there is none.
 */
export function interfaceState(name: string): InterfaceState | undefined {
  try {
    const flags = Number(Deno.readTextFileSync(`/sys/class/net/${name}/flags`));
    const alias = Deno.readTextFileSync(`/sys/class/net/${name}/ifalias`).trimEnd();
    return { isUp: (flags & IFF_UP) !== 0, alias };
  } catch (error) {
    if (isGoneInterface(error)) return undefined;
    throw error;
  }
}

/** An interface that carries the name of an instance. */
export interface InstanceInterface {
  /** Its name. */
  name: string;
  /** The instance's name, the network's, and of a container's interface the container's id. */
  alias: string;
}

/**
 * Finds the interfaces of an instance.
 *
 * @param instance Its short name.
 * @returns The interfaces.
 */
export function instanceInterfaces(instance: string): InstanceInterface[] {
  return Array.from(Deno.readDirSync("/sys/class/net"), ({ name }) => name)
    .map((name) => ({ name, alias: interfaceState(name)?.alias ?? "" }))
    .filter(({ alias }) => alias.startsWith(`${instance}:`));
}
