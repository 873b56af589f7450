/**
 * Networks that were removed while stopped containers were to be connected to them.
 *
 * As in Docker such a container cannot be started any more, unless it is disconnected from what is
 * gone; or, other than in Docker, until there is a network of that name again.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import type { Database } from "../state/mod.ts";
import type { EndpointWishes } from "./endpoint.ts";
import { checkWishes, EndpointStore } from "./endpoint_store.ts";
import type { Network } from "./network.ts";
import { NetworkStore } from "./network_store.ts";

/** The lost networks of an instance's containers, as remembered. */
export class LostNetworks {
  readonly #database: Database;

  /**
   * Refers to the records in a database.
   *
   * @param database The instance's.
   */
  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Takes a network that is about to be removed from the containers connected to it, none of which
   * runs; to be called in the transaction that removes it.
   *
   * @param network The network.
   */
  abandon({ id, name }: Pick<Network, "id" | "name">): void {
    this.#database.run(
      `INSERT OR REPLACE INTO lost_networks (container_id, name, wishes)
         SELECT container_id, ?, wishes FROM endpoints WHERE network_id = ?`,
      name,
      id,
    );
    this.#database.run("DELETE FROM endpoints WHERE network_id = ?", id);
  }

  /**
   * Forgets that a container was to be connected to a network.
   *
   * @param containerId The container's whole id.
   * @param name The network's name.
   * @returns Whether it was.
   */
  forget(containerId: string, name: string): boolean {
    const isKnown = this.#of(containerId).some((lost) => lost.name === name);
    this.#database.run(
      "DELETE FROM lost_networks WHERE container_id = ? AND name = ?",
      containerId,
      name,
    );
    return isKnown;
  }

  /**
   * Connects a container to the networks that have the names of those it has lost; to be called in a
   * transaction.
   *
   * @param containerId The container's whole id.
   * @throws {EngineError} `notFound`: there is none; `invalid`: it does not have what the container
   * asks for; `conflict`: an address is another container's.
   */
  restore(containerId: string): void {
    const networks = new NetworkStore(this.#database);
    const endpoints = new EndpointStore(this.#database);
    for (const { name, wishes } of this.#of(containerId)) {
      const network = networks.byName(name);
      if (!network) throw new EngineError(`network ${name} not found`, { kind: "notFound" });
      this.forget(containerId, name);
      if (endpoints.ofContainer(containerId).some(({ networkId }) => networkId === network.id)) {
        continue;
      }
      checkWishes(network, wishes);
      endpoints.insert(network, containerId, wishes);
    }
  }

  #of(containerId: string): { name: string; wishes: EndpointWishes }[] {
    return this.#database
      .all(
        "SELECT name, wishes FROM lost_networks WHERE container_id = ? ORDER BY rowid",
        containerId,
      )
      .map(({ name, wishes }) => ({
        name: String(name),
        wishes: JSON.parse(String(wishes)) as EndpointWishes,
      }));
  }
}
