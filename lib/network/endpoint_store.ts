/**
 * The records of endpoints: which container is connected to which network, and has which addresses.
 *
 * A container has addresses while it runs; those it asked for it has at any time. That no two have
 * the same is a constraint of the table, not a matter of looking first.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { type Database, isReferenceViolation, isUniqueViolation, type Row } from "../state/mod.ts";
import { parseAddress, parseSubnet } from "./address.ts";
import type { Endpoint, EndpointWishes } from "./endpoint.ts";
import { freeAddress, macOf } from "./free_address.ts";
import { type Network, subnetOfFamily } from "./network.ts";
import { generateNetworkId } from "./network_id.ts";

/** The endpoints of an instance, as remembered. */
export class EndpointStore {
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
   * Connects a container to a network, on record.
   *
   * @param network The network.
   * @param containerId The container's whole id.
   * @param wishes What it asks for; the addresses are its own from now on.
   * @returns The endpoint.
   * @throws {EngineError} `conflict`: it is connected already, or an address is another one's;
   * `notFound`: the network has just been removed.
   */
  insert(network: Network, containerId: string, wishes: EndpointWishes): Endpoint {
    const id = generateNetworkId();
    const address = (text: string | undefined) => text ?? null;
    try {
      this.#database.run(
        `INSERT INTO endpoints (id, network_id, container_id, wishes, address4, address6)
           VALUES (?, ?, ?, ?, ?, ?)`,
        id,
        network.id,
        containerId,
        JSON.stringify(wishes),
        address(wishes.address4),
        address(wishes.address6),
      );
    } catch (error) {
      if (isReferenceViolation(error)) {
        throw new EngineError(`network ${network.name} not found`, { kind: "notFound" });
      }
      if (!isUniqueViolation(error)) throw error;
      throw this.#insertError(network, containerId, wishes);
    }
    return this.get(id)!;
  }

  #insertError(
    network: Network,
    containerId: string,
    { address4, address6 }: EndpointWishes,
  ): EngineError {
    if (this.ofContainer(containerId).some(({ networkId }) => networkId === network.id)) {
      return new EngineError(
        `endpoint with name ${this.#nameOf(containerId)} already exists in network ${network.name}`,
        { kind: "conflict" },
      );
    }
    const used = this.ofNetwork(network.id).find((other) =>
      (address4 && other.address4 === address4) || (address6 && other.address6 === address6)
    );
    const address = used?.address4 === address4 ? address4 : address6;
    const holder = used ? `, container ${this.#nameOf(used.containerId)} has ${address}` : "";
    return new EngineError(
      `Cannot connect to network "${network.name}": Address already in use${holder}`,
      { kind: "conflict" },
    );
  }

  #nameOf(containerId: string): string {
    const row = this.#database.get("SELECT name FROM containers WHERE id = ?", containerId);
    return String(row?.name ?? containerId.slice(0, 12));
  }

  /**
   * Disconnects a container, on record.
   *
   * @param id The endpoint's whole id.
   */
  delete(id: string): void {
    this.#database.run("DELETE FROM endpoints WHERE id = ?", id);
  }

  /**
   * Reads a record.
   *
   * @param id The endpoint's whole id.
   * @returns The record, if there is one.
   */
  get(id: string): Endpoint | undefined {
    const row = this.#database.get("SELECT * FROM endpoints WHERE id = ?", id);
    return row && fromRow(row);
  }

  /**
   * Reads the endpoints of a container.
   *
   * @param containerId The container's whole id.
   * @returns Its endpoints, in the order it was connected in.
   */
  ofContainer(containerId: string): Endpoint[] {
    return this.#database
      .all("SELECT * FROM endpoints WHERE container_id = ? ORDER BY rowid", containerId)
      .map(fromRow);
  }

  /**
   * Reads the endpoints of a network.
   *
   * @param networkId The network's whole id.
   * @returns Its endpoints, also those of containers that do not run.
   */
  ofNetwork(networkId: string): Endpoint[] {
    return this.#database
      .all("SELECT * FROM endpoints WHERE network_id = ? ORDER BY rowid", networkId)
      .map(fromRow);
  }

  /**
   * Reads all endpoints.
   *
   * @returns The endpoints, in the order they were made in.
   */
  list(): Endpoint[] {
    return this.#database.all("SELECT * FROM endpoints ORDER BY rowid").map(fromRow);
  }

  /**
   * Gives an endpoint its addresses, for as long as its container runs.
   *
   * @param endpoint The endpoint.
   * @param network Its network.
   * @param name What its interface in the container is called.
   * @returns The endpoint with its addresses.
   * @throws {EngineError} `conflict`: there is no address left, or its hardware address is in use.
   */
  lease(endpoint: Endpoint, network: Network, name: string): Endpoint {
    return this.#database.transaction(() => {
      const { wishes } = endpoint;
      const others = this.ofNetwork(network.id).filter(({ id }) => id !== endpoint.id);
      const address4 = wishes.address4 ?? this.#free(network, 4, others);
      const address6 = wishes.address6 ?? this.#free(network, 6, others);
      const mac = wishes.mac ?? macOf(address4, address6);
      try {
        this.#database.run(
          "UPDATE endpoints SET address4 = ?, address6 = ?, mac = ?, interface = ? WHERE id = ?",
          address4 ?? null,
          address6 ?? null,
          mac,
          name,
          endpoint.id,
        );
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        throw new EngineError(
          `Cannot connect to network "${network.name}": the MAC address ${mac} is in use`,
          { kind: "conflict" },
        );
      }
      return this.get(endpoint.id)!;
    });
  }

  #free(network: Network, family: 4 | 6, others: readonly Endpoint[]): string | undefined {
    const subnet = subnetOfFamily(network, family);
    if (subnet === undefined) return undefined;
    const used = others.map((one) => family === 4 ? one.address4 : one.address6);
    const free = freeAddress(subnet, used.filter((address) => address !== undefined));
    if (free !== undefined) return free;
    throw new EngineError(
      `no available IPv${family} addresses on this network's address pools: ${network.name} ` +
        `(${network.id})`,
      { kind: "conflict" },
    );
  }

  /**
   * Takes back the addresses of a container that does not run any more, but for those it asked for.
   *
   * @param containerId The container's whole id.
   * @returns The endpoints as they were.
   */
  release(containerId: string): Endpoint[] {
    return this.#database.transaction(() => {
      const leased = this.ofContainer(containerId).filter((one) => one.interface !== undefined);
      leased.forEach((endpoint) => this.releaseOne(endpoint));
      return leased;
    });
  }

  /**
   * Takes back the addresses of an endpoint, but for those its container asked for.
   *
   * @param endpoint The endpoint.
   */
  releaseOne({ id, wishes }: Endpoint): void {
    this.#database.run(
      "UPDATE endpoints SET address4 = ?, address6 = ?, mac = NULL, interface = NULL WHERE id = ?",
      wishes.address4 ?? null,
      wishes.address6 ?? null,
      id,
    );
  }
}

/**
 * Checks what a container asks of a network.
 *
 * @param network The network.
 * @param wishes What it asks for.
 * @throws {EngineError} `invalid`: it is no address, or not one of the network's.
 */
export function checkWishes(network: Network, wishes: EndpointWishes): void {
  const invalid = (message: string) => new EngineError(message, { kind: "invalid" });
  for (const [text, family] of [[wishes.address4, 4], [wishes.address6, 6]] as const) {
    if (text === undefined) continue;
    const address = parseAddress(text);
    if (address?.family !== family) throw invalid(`invalid IPv${family} address: ${text}`);
    const own = subnetOfFamily(network, family);
    const subnet = own && parseSubnet(own.subnet)!;
    if (!subnet || address.value < subnet.first || address.value > subnet.last) {
      throw invalid(
        `Cannot connect to network "${network.name}": no configured subnet contains IP address ` +
          `${text}`,
      );
    }
    const isReserved = text === own.gateway ||
      (family === 4 && subnet.last - subnet.first > 1n &&
        (address.value === subnet.first || address.value === subnet.last));
    if (isReserved) {
      throw new EngineError(
        `Cannot connect to network "${network.name}": Address already in use: ${text} is the ` +
          (text === own.gateway ? "gateway's" : "network's own"),
        { kind: "conflict" },
      );
    }
  }
  if (wishes.mac !== undefined && !/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i.test(wishes.mac)) {
    throw invalid(`${wishes.mac} is not a valid mac address`);
  }
}

function fromRow(row: Row): Endpoint {
  const text = (column: string) => row[column] === null ? undefined : String(row[column]);
  return {
    id: String(row.id),
    networkId: String(row.network_id),
    containerId: String(row.container_id),
    wishes: JSON.parse(String(row.wishes)) as EndpointWishes,
    address4: text("address4"),
    address6: text("address6"),
    mac: text("mac"),
    interface: text("interface"),
  };
}
