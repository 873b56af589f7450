/**
 * What an instance has of the host for its networks: interfaces and firewall rules.
 *
 * @module
 */

import {
  ensureHostInterface,
  type HostSide,
  instanceFirewall,
  instanceInterfaces,
  type Network,
  NetworkStore,
  removeHostInterface,
  removeInterface,
  runCommand,
} from "../../network/mod.ts";
import type { Instance } from "../instance/instance.ts";

/** What of an instance this needs. */
export type NetworkInstance = Pick<Instance, "database" | "roots">;

/**
 * Gives what it takes to work on the host's interfaces.
 *
 * @param instance The instance.
 * @returns What it takes.
 */
export function hostSide({ roots }: NetworkInstance): HostSide {
  return { run: runCommand, instance: roots.instance };
}

/**
 * Makes the interface and the rules of a network, as far as they are missing.
 *
 * @param instance The instance.
 * @param network The network.
 * @throws {EngineError} They cannot be made.
 */
export async function setUpNetwork(instance: NetworkInstance, network: Network): Promise<void> {
  await ensureHostInterface(hostSide(instance), network);
  await instanceFirewall(instance.roots, instance.database).sync();
}

/**
 * Removes the interface of a network and its rules; the network is not on record any more.
 *
 * @param instance The instance.
 * @param network The network.
 */
export async function takeDownNetwork(instance: NetworkInstance, network: Network): Promise<void> {
  await removeHostInterface(hostSide(instance), network);
  await instanceFirewall(instance.roots, instance.database).sync();
}

/**
 * Removes everything an instance has of the host for its networks, on record or not.
 *
 * @param instance The instance, without a container that runs.
 */
export async function removeHostNetworks(instance: NetworkInstance): Promise<void> {
  const host = hostSide(instance);
  for (const network of new NetworkStore(instance.database).list()) {
    await removeHostInterface(host, network);
  }
  for (const { name } of instanceInterfaces(host.instance)) await removeInterface(host, name);
  await instanceFirewall(instance.roots, instance.database).remove();
}
