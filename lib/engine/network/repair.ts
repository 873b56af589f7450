/**
 * Comparing the host's interfaces and firewall rules with an instance's networks, and putting them
 * right.
 *
 * @module
 */

import { ContainerStore } from "../../container/mod.ts";
import {
  bridgeProblem,
  EndpointStore,
  ensureHostInterface,
  instanceFirewall,
  instanceInterfaces,
  type Network,
  NetworkStore,
  removeInterface,
} from "../../network/mod.ts";
import { hostSide, type NetworkInstance } from "./host_networks.ts";

/**
 * Puts right what the host has of an instance's networks: makes what is missing, removes what is
 * nobody's.
 *
 * @param instance The instance, of which the records are true.
 * @returns What was wrong, a line each.
 * @throws {EngineError} It cannot be put right.
 */
export async function repairNetworks(instance: NetworkInstance): Promise<string[]> {
  const networks = new NetworkStore(instance.database).list()
    .filter(({ interface: name }) => name !== undefined);
  if (networks.length === 0) return [];
  const found: string[] = [];
  for (const network of networks) found.push(...await repairInterface(instance, network));
  found.push(...await removeStrays(instance, networks));
  found.push(...await repairFirewall(instance));
  return found;
}

async function repairInterface(instance: NetworkInstance, network: Network): Promise<string[]> {
  const host = hostSide(instance);
  const problem = bridgeProblem(host, network);
  if (problem === undefined) return [];
  await ensureHostInterface(host, network, { thorough: true });
  return [`network ${network.name}: ${problem}, made it again`];
}

/** Interfaces that carry our name, and lead to no container that runs and to no network. */
async function removeStrays(
  instance: NetworkInstance,
  networks: readonly Network[],
): Promise<string[]> {
  const host = hostSide(instance);
  const live = liveAliases(instance, networks);
  const found: string[] = [];
  for (const { alias, name } of instanceInterfaces(host.instance)) {
    if (live.has(alias)) continue;
    await removeInterface(host, name);
    found.push(`interface ${name} (${alias}): nobody's, removed it`);
  }
  return found;
}

function liveAliases(
  { database, roots }: NetworkInstance,
  networks: readonly Network[],
): Set<string> {
  const containers = new ContainerStore(database);
  const names = new Map(networks.map(({ id, name }) => [id, name]));
  const own = networks.map(({ name }) => `${roots.instance}:${name}`);
  const endpoints = new EndpointStore(database).list().flatMap((endpoint) => {
    const container = containers.get(endpoint.containerId);
    return endpoint.interface === undefined || container === undefined
      ? []
      : [`${roots.instance}:${names.get(endpoint.networkId)}:${container.id.slice(0, 12)}`];
  });
  return new Set([...own, ...endpoints]);
}

async function repairFirewall({ database, roots }: NetworkInstance): Promise<string[]> {
  const firewall = instanceFirewall(roots, database);
  const { missing, stray } = await firewall.difference();
  if (missing.length + stray.length === 0) return [];
  await firewall.sync();
  return [
    ...missing.map((rule) => `firewall: "${rule}" was missing, wrote it`),
    ...stray.map((rule) => `firewall: "${rule}" was nobody's, removed it`),
  ];
}
