/**
 * The networks of an engine.
 *
 * @module
 */

import type { CreateNetworkOptions, EndpointWishes, Network } from "../network/mod.ts";
import type { NetworkInspection } from "./describe/network_description.ts";
import type { Instance } from "./instance/instance.ts";
import type { NetworkFilters } from "./network/filters.ts";
import type { ListedNetwork } from "./network/listed_network.ts";
import type { InstanceNetworks } from "./network/networks.ts";

/** Options of {@linkcode Networks.disconnect}. */
export interface DisconnectOptions {
  /**
   * Whether the container is taken off the record whatever becomes of its interface.
   *
   * @default false
   */
  force?: boolean;
}

/** The networks of an engine: what `engine.networks` is. */
export class Networks {
  readonly #instance: Instance;
  #loaded: Promise<InstanceNetworks> | undefined;

  /**
   * Opens the networks of an instance; touches nothing.
   *
   * @param instance The instance.
   */
  constructor(instance: Instance) {
    this.#instance = instance;
  }

  #load(): Promise<InstanceNetworks> {
    return this.#loaded ??= import("./network/networks.ts")
      .then(({ InstanceNetworks }) => new InstanceNetworks(this.#instance));
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
    return await (await this.#load()).create(options);
  }

  /**
   * Lists networks.
   *
   * @param filters Conditions: `dangling`, `driver`, `id`, `label`, `name`, `scope`, `type`.
   * @returns The networks, by name.
   * @throws {EngineError} `invalid`: a condition is unknown or has a wrong value.
   */
  async list(filters: NetworkFilters = {}): Promise<ListedNetwork[]> {
    return await (await this.#load()).list(filters);
  }

  /**
   * Describes a network, with the fields of Docker's `network inspect`.
   *
   * @param nameOrId Its name, its id or the beginning of one.
   * @returns The description.
   * @throws {EngineError} `notFound`; `conflict`: several ids begin like that.
   */
  async inspect(nameOrId: string): Promise<NetworkInspection> {
    return await (await this.#load()).inspect(nameOrId);
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
    return await (await this.#load()).remove(nameOrId);
  }

  /**
   * Removes the networks that no container is connected to.
   *
   * @param filters Conditions: `label`, `label!`, `until` in milliseconds since the epoch.
   * @returns The removed networks.
   * @throws {EngineError} `invalid`: a condition is unknown or has a wrong value.
   */
  async prune(filters: NetworkFilters = {}): Promise<Network[]> {
    return await (await this.#load()).prune(filters);
  }

  /**
   * Connects a container to a network, also while it runs.
   *
   * @param nameOrId The network's name, its id or the beginning of one.
   * @param container The container's name, its id or the beginning of one.
   * @param wishes What it asks for there.
   * @throws {EngineError} `notFound`; `conflict`: it is connected already, or an address is in use;
   * `invalid`: it cannot be connected.
   */
  async connect(
    nameOrId: string,
    container: string,
    wishes: EndpointWishes = {},
  ): Promise<void> {
    await (await this.#load()).connect(nameOrId, container, wishes);
  }

  /**
   * Disconnects a container from a network, also while it runs.
   *
   * @param nameOrId The network's name, its id or the beginning of one.
   * @param container The container's name, its id or the beginning of one.
   * @param options Whether to insist.
   * @throws {EngineError} `notFound`; `invalid`: it is not connected.
   */
  async disconnect(
    nameOrId: string,
    container: string,
    { force = false }: DisconnectOptions = {},
  ): Promise<void> {
    await (await this.#load()).disconnect(nameOrId, container, force);
  }
}
