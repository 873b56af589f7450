/**
 * The networks of an engine.
 *
 * @module
 */

import {
  type ContainerRecord,
  ContainerStore,
  hasProcesses,
  IDLE,
  isConnected,
} from "../../container/mod.ts";
import { EngineError } from "../../errors.ts";
import {
  createNetwork,
  type CreateNetworkOptions,
  defaultNetwork,
  EndpointStore,
  type EndpointWishes,
  isPredefined,
  LostNetworks,
  type Network,
  NetworkStore,
} from "../../network/mod.ts";
import { connectContainer, disconnectContainer } from "../lifecycle/connect.ts";
import { setUpNetwork, takeDownNetwork } from "./host_networks.ts";
import type { Instance } from "../instance/instance.ts";
import { networkCondition, type NetworkFilters, PRUNE_NETWORK_FILTERS } from "./filters.ts";
import { describeNetwork, type NetworkInspection } from "../describe/network_description.ts";
import type { ListedNetwork } from "./listed_network.ts";
import { refreshRecords } from "../instance/refresh.ts";

/** What the networks of an instance are made to do: {@linkcode Networks}, once it is loaded. */
export class InstanceNetworks {
  readonly #instance: Instance;
  readonly #store: NetworkStore;
  readonly #endpoints: EndpointStore;

  /**
   * Opens the networks of an instance; touches nothing.
   *
   * @param instance The instance.
   */
  constructor(instance: Instance) {
    this.#instance = instance;
    this.#store = new NetworkStore(instance.database);
    this.#endpoints = new EndpointStore(instance.database);
  }

  /**
   * Creates a network, with its interface and its firewall rules.
   *
   * @param options What is asked for.
   * @returns The network.
   * @throws {EngineError} `invalid`: it cannot be like that; `conflict`: its name or its subnet is in
   * use, or none is free; `unavailable`: a program is missing. Nothing is left of it then.
   */
  async create(options: CreateNetworkOptions): Promise<Network> {
    const { config, database, roots } = this.#instance;
    const network = createNetwork({ config, database, instance: roots.instance }, options);
    try {
      await setUpNetwork(this.#instance, network);
      this.#store.recordEvent(network, "create");
      return network;
    } catch (error) {
      this.#store.delete(network.id);
      await takeDownNetwork(this.#instance, network);
      throw error;
    }
  }

  /**
   * Lists networks.
   *
   * @param filters Conditions: `dangling`, `driver`, `id`, `label`, `name`, `scope`, `type`.
   * @returns The networks, by name.
   * @throws {EngineError} `invalid`: a condition is unknown or has a wrong value.
   */
  async list(filters: NetworkFilters = {}): Promise<ListedNetwork[]> {
    const isWanted = networkCondition(filters);
    const containers = await this.#refresh();
    return this.#store.list()
      .map((network) => ({ ...network, containers: this.#usersOf(network, containers) }))
      .filter(isWanted);
  }

  /** Also those that have the host's network, or none, which are no endpoints. */
  #usersOf(network: Network, containers: readonly ContainerRecord[]): string[] {
    if (isConnected(network.name)) {
      return this.#endpoints.ofNetwork(network.id).map(({ containerId }) => containerId);
    }
    return containers.filter(({ settings }) => settings.network === network.name)
      .map(({ id }) => id);
  }

  /**
   * Describes a network, with the fields of Docker's `network inspect`.
   *
   * @param nameOrId Its name, its id or the beginning of one.
   * @returns The description.
   * @throws {EngineError} `notFound`; `conflict`: several ids begin like that.
   */
  async inspect(nameOrId: string): Promise<NetworkInspection> {
    const containers = await this.#refresh();
    const network = this.#store.find(nameOrId);
    const running = new Map(
      containers.filter(hasProcesses).map((record) => [record.id, record]),
    );
    return describeNetwork(network, this.#endpoints.ofNetwork(network.id), running);
  }

  /**
   * Removes a network that no container uses that runs, or is about to. One that does not run cannot
   * be started until it is disconnected from it, or there is a network of that name again.
   *
   * @param nameOrId Its name, its id or the beginning of one.
   * @returns The network as it was.
   * @throws {EngineError} `notFound`; `conflict`: it is in use; `denied`: every instance has it.
   */
  async remove(nameOrId: string): Promise<Network> {
    await this.#refresh();
    const network = this.#store.find(nameOrId);
    if (isPredefined(network)) {
      throw new EngineError(`${network.name} is a pre-defined network and cannot be removed`, {
        kind: "denied",
      });
    }
    this.#instance.database.transaction(() => {
      this.#checkUnused(network);
      new LostNetworks(this.#instance.database).abandon(network);
      this.#store.delete(network.id);
    });
    await takeDownNetwork(this.#instance, network);
    this.#store.recordEvent(network, "destroy");
    return network;
  }

  #checkUnused(network: Network): void {
    const containers = new ContainerStore(this.#instance.database);
    const names = this.#endpoints.ofNetwork(network.id).flatMap((endpoint) => {
      const { name, status } = containers.get(endpoint.containerId)!;
      const isIdle = endpoint.interface === undefined && IDLE.includes(status);
      return isIdle ? [] : [name];
    });
    if (names.length === 0) return;
    throw new EngineError(
      `error while removing network: network ${network.name} id ${network.id} has active ` +
        `endpoints: ${names.join(", ")}`,
      { kind: "conflict" },
    );
  }

  /**
   * Removes the networks that no container is connected to.
   *
   * @param filters Conditions: `label`, `label!`, `until` in milliseconds since the epoch.
   * @returns The removed networks.
   * @throws {EngineError} `invalid`: a condition is unknown or has a wrong value.
   */
  async prune(filters: NetworkFilters = {}): Promise<Network[]> {
    const isWanted = networkCondition(filters, PRUNE_NETWORK_FILTERS);
    await this.#refresh();
    const removed: Network[] = [];
    for (const network of this.#store.list()) {
      const listed = { ...network, containers: [] };
      const isUsed = this.#endpoints.ofNetwork(network.id).length > 0;
      if (isPredefined(network) || isUsed || !isWanted(listed)) continue;
      try {
        removed.push(await this.remove(network.id));
      } catch (error) {
        // Somebody uses it since, or has removed it.
        const isTaken = error instanceof EngineError && /^(conflict|notFound)$/.test(error.kind);
        if (!isTaken) throw error;
      }
    }
    return removed;
  }

  /**
   * Connects a container to a network, also while it runs.
   *
   * @param network The network's name, its id or the beginning of one.
   * @param container The container's name, its id or the beginning of one.
   * @param wishes What it asks for there.
   * @throws {EngineError} `notFound`; `conflict`: it is connected already, or an address is in use;
   * `invalid`: it cannot be connected.
   */
  async connect(network: string, container: string, wishes: EndpointWishes = {}): Promise<void> {
    const found = this.#find(network);
    await connectContainer(this.#instance, found, container, wishes);
    this.#forgetLost(found.name, container);
  }

  /**
   * Disconnects a container from a network, also while it runs.
   *
   * @param network The network's name, its id or the beginning of one.
   * @param container The container's name, its id or the beginning of one.
   * @param force Whether it is taken off the record whatever becomes of its interface.
   * @throws {EngineError} `notFound`; `invalid`: it is not connected.
   */
  async disconnect(network: string, container: string, force = false): Promise<void> {
    // From a network that was removed by its name, which another one may have by now.
    const wasLost = this.#forgetLost(network, container);
    if (wasLost && !this.#isConnected(network, container)) return;
    const found = this.#find(network);
    await disconnectContainer(this.#instance, found, container, force);
    this.#forgetLost(found.name, container);
  }

  #forgetLost(name: string, container: string): boolean {
    const { database } = this.#instance;
    const { id } = new ContainerStore(database).find(container);
    return new LostNetworks(database).forget(id, name);
  }

  #isConnected(name: string, container: string): boolean {
    const { id } = new ContainerStore(this.#instance.database).find(container);
    const network = this.#store.byName(name);
    return this.#endpoints.ofContainer(id).some(({ networkId }) => networkId === network?.id);
  }

  #find(nameOrId: string): Network {
    const { config, database, roots } = this.#instance;
    const network = this.#store.find(nameOrId);
    if (network.driver !== "bridge" || network.subnets.length > 0) return network;
    return defaultNetwork({ config, database, instance: roots.instance });
  }

  async #refresh(): Promise<ContainerRecord[]> {
    const { config, database, roots } = this.#instance;
    const containers = new ContainerStore(database);
    await refreshRecords(roots, containers);
    try {
      // It is shown with the subnet that it is going to have.
      defaultNetwork({ config, database, instance: roots.instance });
    } catch (error) {
      // Until a subnet is free it has none.
      if (!(error instanceof EngineError && error.kind === "conflict")) throw error;
    }
    return containers.list();
  }
}
