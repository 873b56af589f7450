/**
 * The records of networks.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { type Database, isUniqueViolation, recordEvent, type Row } from "../state/mod.ts";
import type { Network, NetworkDriver, NetworkSubnet } from "./network.ts";

/** The networks of an instance, as remembered. */
export class NetworkStore {
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
   * Adds a network.
   *
   * @param network The network.
   * @throws {EngineError} `conflict`: the name, or that of its interface, is in use.
   */
  insert(network: Network): void {
    try {
      this.#database.run(
        `INSERT INTO networks (id, name, driver, created_at, interface, internal, ipv6, subnets,
           options, labels) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        network.id,
        network.name,
        network.driver,
        network.createdAt,
        network.interface ?? null,
        network.internal ? 1 : 0,
        network.ipv6 ? 1 : 0,
        JSON.stringify(network.subnets),
        JSON.stringify(network.options),
        JSON.stringify(network.labels),
      );
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const message = this.byName(network.name)
        ? `network with name ${network.name} already exists`
        : `cannot create network ${network.id}: its bridge ${network.interface} is another one's`;
      throw new EngineError(message, { kind: "conflict" });
    }
  }

  /**
   * Remembers where a network's addresses come from.
   *
   * @param network The network, with its interface and its subnets.
   */
  setAddresses({ id, interface: name, ipv6, options, subnets }: Network): void {
    this.#database.run(
      "UPDATE networks SET interface = ?, ipv6 = ?, subnets = ?, options = ? WHERE id = ?",
      name ?? null,
      ipv6 ? 1 : 0,
      JSON.stringify(subnets),
      JSON.stringify(options),
      id,
    );
  }

  /**
   * Reads a record.
   *
   * @param id The network's whole id.
   * @returns The record, if there is one.
   */
  get(id: string): Network | undefined {
    return fromRow(this.#database.get("SELECT * FROM networks WHERE id = ?", id));
  }

  /**
   * Reads the record of a name.
   *
   * @param name The network's name.
   * @returns The record, if there is one.
   */
  byName(name: string): Network | undefined {
    return fromRow(this.#database.get("SELECT * FROM networks WHERE name = ?", name));
  }

  /**
   * Finds the network a user means.
   *
   * @param text A name, an id, or the beginning of one.
   * @returns The record.
   * @throws {EngineError} `notFound`: there is none; `conflict`: several ids begin like that.
   */
  find(text: string): Network {
    const exact = this.byName(text) ?? this.get(text);
    if (exact) return exact;
    const matches = /^[0-9a-f]+$/.test(text)
      ? this.#database.all("SELECT * FROM networks WHERE id GLOB ?", `${text}*`)
      : [];
    if (matches.length === 1) return fromRow(matches[0])!;
    if (matches.length === 0) {
      throw new EngineError(`network ${text} not found`, { kind: "notFound" });
    }
    throw new EngineError(
      `network ${text} is ambiguous (${matches.length} matches found on ID prefix)`,
      { kind: "conflict" },
    );
  }

  /**
   * Reads all records.
   *
   * @returns The records, by name.
   */
  list(): Network[] {
    const rows = this.#database.all("SELECT * FROM networks ORDER BY name");
    return rows.map((row) => fromRow(row)!);
  }

  /**
   * Forgets a network without endpoints; its name and its subnets are free after that.
   *
   * @param id The network's whole id.
   */
  delete(id: string): void {
    this.#database.run("DELETE FROM networks WHERE id = ?", id);
  }

  /**
   * Records that something happened to a network.
   *
   * @param network The network.
   * @param action What, in Docker's words: `create`, `connect`, ...
   * @param attributes More about it.
   */
  recordEvent(
    network: Network,
    action: string,
    attributes: Record<string, string> = {},
  ): void {
    recordEvent(this.#database, {
      type: "network",
      action,
      actorId: network.id,
      attributes: { ...attributes, name: network.name, type: network.driver },
    });
  }
}

function fromRow(row: Row | undefined): Network | undefined {
  if (!row) return undefined;
  return {
    id: String(row.id),
    name: String(row.name),
    driver: row.driver as NetworkDriver,
    createdAt: Number(row.created_at),
    interface: row.interface === null ? undefined : String(row.interface),
    internal: row.internal === 1,
    ipv6: row.ipv6 === 1,
    subnets: JSON.parse(String(row.subnets)) as NetworkSubnet[],
    options: JSON.parse(String(row.options)) as Record<string, string>,
    labels: JSON.parse(String(row.labels)) as Record<string, string>,
  };
}
