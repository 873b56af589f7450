/**
 * What an instance's chains hold: from networks and published ports to rules.
 *
 * Rules are written exactly as `iptables-save` prints them, so that those found can be compared with
 * those wanted.
 *
 * @module
 */

import type { ChainNames, Table } from "./chains.ts";
import { type Family, familyOf } from "../address.ts";
import type { PortForward } from "../port/port_forward.ts";
import type { FirewallNetwork, FirewallState } from "./state.ts";

/** One of an instance's chains. */
export interface Chain {
  /** The table. */
  table: Table;
  /** Its name. */
  name: string;
  /** Its rules in order, without its name. */
  rules: string[];
}

/**
 * The bridges of other engines, and of other instances: what goes there is for their rules to decide,
 * which ours must not anticipate.
 */
const OTHER_BRIDGES = [
  "docker+",
  "podman+",
  "cni+",
  "virbr+",
  "lxcbr+",
  "lxdbr+",
  "incusbr+",
  "tsd+",
] as const;

/**
 * Works out what an instance's chains are to hold.
 *
 * @param state What is to be let through.
 * @param names The chains' names.
 * @param family The version of IP.
 * @returns All chains of that family.
 */
export function chainRules(state: FirewallState, names: ChainNames, family: Family): Chain[] {
  const isOfFamily = (address: string) => familyOf(address) === family;
  const networks = state.networks
    .map((network) => ({ ...network, subnets: network.subnets.filter(isOfFamily) }))
    .filter(({ subnets }) => subnets.length > 0);
  const forwards = state.forwards.filter(({ containerAddress, hostAddress }) =>
    containerAddress !== "" && isOfFamily(containerAddress) && isOfFamily(hostAddress)
  );
  const chains: Chain[] = [
    { table: "nat", name: names.ports, rules: specificFirst(forwards).map(portRule) },
    { table: "nat", name: names.masquerade, rules: networks.flatMap(masqueradeRules) },
    { table: "filter", name: names.forward, rules: forwardRules(networks) },
  ];
  // IPv6 has no counterpart of route_localnet: packets for ::1 never come in from a bridge.
  if (family === 6) return chains;
  return [{ table: "raw", name: names.guard, rules: networks.flatMap(guardRules) }, ...chains];
}

/** Where both `0.0.0.0:80` and `192.0.2.1:80` lead somewhere, the latter's own rule counts. */
function specificFirst(forwards: readonly PortForward[]): PortForward[] {
  const isAny = ({ hostAddress }: PortForward) => hostAddress === "0.0.0.0" || hostAddress === "::";
  return [...forwards.filter((forward) => !isAny(forward)), ...forwards.filter(isAny)];
}

function portRule(forward: PortForward): string {
  const { containerAddress, containerId, containerPort, hostAddress, hostPort, protocol } = forward;
  const isIpv6 = familyOf(containerAddress) === 6;
  const target = isIpv6 ? `[${containerAddress}]` : containerAddress;
  const isAny = hostAddress === "0.0.0.0" || hostAddress === "::";
  const destination = isAny ? "" : `-d ${hostAddress}/${isIpv6 ? 128 : 32} `;
  return `${destination}-p ${protocol} -m ${protocol} --dport ${hostPort} ${
    comment(containerId)
  } ` +
    `-j DNAT --to-destination ${target}:${containerPort}`;
}

function masqueradeRules(network: FirewallNetwork): string[] {
  const { bridge, isInternal, masquerade = true, name, subnets } = network;
  if (isInternal) return [];
  const note = comment(name);
  return subnets.flatMap((subnet) => [
    // Containers appear outside as the host.
    ...masquerade ? [`-s ${subnet} ! -o ${bridge} ${note} -j MASQUERADE`] : [],
    // A neighbour reached through a published port would answer directly, from an address that was
    // never asked.
    `-s ${subnet} -o ${bridge} -m conntrack --ctstate DNAT ${note} -j MASQUERADE`,
    // So would one that is reached through 127.0.0.1 of the host: to itself.
    ...familyOf(subnet) === 4 ? [`-s 127.0.0.0/8 -o ${bridge} ${note} -j MASQUERADE`] : [],
  ]);
}

/** The order is the point: what decides between our own networks comes before what lets out. */
function forwardRules(networks: readonly FirewallNetwork[]): string[] {
  const open = networks.filter(({ isInternal }) => !isInternal);
  const within = ({ betweenContainers = true, bridge, name }: FirewallNetwork) =>
    betweenContainers ? [`-i ${bridge} -o ${bridge} ${comment(name)} -j ACCEPT`] : [];
  return [
    ...networks.filter(({ isInternal }) => isInternal).flatMap((network) => [
      ...within(network),
      `-i ${network.bridge} ${comment(network.name)} -j DROP`,
      `-o ${network.bridge} ${comment(network.name)} -j DROP`,
    ]),
    ...open.map(({ bridge, name }) =>
      `-o ${bridge} -m conntrack --ctstate RELATED,ESTABLISHED ${comment(name)} -j ACCEPT`
    ),
    ...open.flatMap(within),
    // Published ports; nothing else leads to a container from outside of its network, from another
    // network and from a neighbour of the host that knows its address alike.
    ...open.flatMap(({ bridge, name }) => [
      `-o ${bridge} -m conntrack --ctstate DNAT ${comment(name)} -j ACCEPT`,
      `-o ${bridge} ${comment(name)} -j DROP`,
    ]),
    ...open.length > 0 ? OTHER_BRIDGES.map((bridge) => `-o ${bridge} -j RETURN`) : [],
    // Only with addresses of its own gets anything out of a network.
    ...open.flatMap(({ bridge, name, subnets }) => [
      ...subnets.map((subnet) => `-s ${subnet} -i ${bridge} ${comment(name)} -j ACCEPT`),
      `-i ${bridge} ${comment(name)} -j DROP`,
    ]),
  ];
}

/**
 * For the host to reach published ports through 127.0.0.1, bridges have route_localnet set, which
 * would also let their containers send to services that listen on 127.0.0.1 only (CVE-2020-8558).
 */
function guardRules({ bridge, name }: FirewallNetwork): string[] {
  return ["-s", "-d"].map((end) => `${end} 127.0.0.0/8 -i ${bridge} ${comment(name)} -j DROP`);
}

function comment(text: string): string {
  return `-m comment --comment ${text}`;
}
