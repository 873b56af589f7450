/**
 * Which networks a new container is connected to.
 *
 * @module
 */

import {
  type ContainerRecord,
  type ContainerStore,
  isConnected,
  type NetworkMode,
  sharedWith,
} from "../../container/mod.ts";
import { type EngineError, invalid } from "../../errors.ts";
import type { Instance } from "../instance/instance.ts";
import type { CreateContainerOptions, NetworkRequest } from "./options.ts";

export type { NetworkRequest } from "./options.ts";

/** The networks of a new container, found and checked. */
export interface PlannedNetworks {
  /** Which network it has. */
  mode: NetworkMode;
  /** The container whose network it shares, where it does. */
  sharer?: ContainerRecord;
  /**
   * Connects the container on record; to be called in the transaction that adds it.
   *
   * @param containerId The container's whole id.
   */
  connect(containerId: string): void;
}

/**
 * Finds the networks a container is to be connected to.
 *
 * @param instance The instance.
 * @param store Its records.
 * @param options What is asked for.
 * @returns The networks.
 * @throws {EngineError} `notFound`: there is no such network or container; `invalid`: they cannot go
 * together, or do not have what is asked for; `conflict`: an address is another container's.
 */
export async function planNetworks(
  instance: Instance,
  store: ContainerStore,
  options: CreateContainerOptions,
): Promise<PlannedNetworks> {
  const requests = networkRequests(options, instance.config.defaultNetwork);
  const [first] = requests;
  const { name } = first!;
  if (isConnected(name)) {
    const { planEndpoints } = await import("./endpoints.ts");
    return planEndpoints(instance, requests);
  }
  if (requests.length > 1) throw attachError();
  checkAlone(first!);
  const other = sharedWith(name);
  if (other === undefined) return { mode: name, connect: () => {} };
  checkShared(options);
  const sharer = store.find(other);
  if (!isConnected(sharer.settings.network) && sharer.settings.network !== "none") {
    throw invalid(`cannot join network of container ${other}: it has none of its own`);
  }
  return { mode: `container:${sharer.id}`, sharer, connect: () => {} };
}

function networkRequests(
  { network, networks = [] }: CreateContainerOptions,
  usual = DEFAULT,
): readonly NetworkRequest[] {
  const all = networks.length > 0 ? networks : [{ name: network ?? usual }];
  return all.map((one) => one.name === "default" ? { ...one, name: DEFAULT } : one);
}

// As `DEFAULT_NETWORK` of the networks' module, which containers without one do without.
const DEFAULT = "bridge";

/**
 * Says that networks and what is none of them do not go together, in Docker's words.
 *
 * @returns The error.
 */
export function attachError(): EngineError {
  return invalid(
    "conflicting options: cannot attach both user-defined and non-user-defined network-modes",
  );
}

function checkAlone({ address4, address6, aliases = [], mac, name }: NetworkRequest): void {
  if (address4 !== undefined || address6 !== undefined) {
    throw invalid(
      "invalid config for network " + name +
        ": user specified IP address is supported on user defined networks only",
    );
  }
  if (aliases.length > 0) throw aliasError();
  if (mac !== undefined && name !== "none") {
    throw invalid("conflicting options: mac-address and the network mode");
  }
}

/**
 * Says that a network has no aliases, in Docker's words.
 *
 * @returns The error.
 */
export function aliasError(): EngineError {
  return invalid(
    "network-scoped alias is supported only for containers in user defined networks",
  );
}

/** What belongs to the network is the other container's. */
function checkShared({ dns = {}, extraHosts = [], hostname }: CreateContainerOptions): void {
  const conflicts: [given: boolean, what: string][] = [
    [hostname !== undefined, "hostname"],
    [Object.values(dns).some((list) => list.length > 0), "dns"],
    [extraHosts.length > 0, "custom host-to-IP mapping"],
  ];
  for (const [given, what] of conflicts) {
    if (given) throw invalid(`conflicting options: ${what} and the network mode`);
  }
}
