/**
 * The records of published ports.
 *
 * They belong to a container's run: the store of containers removes them when it ends.
 *
 * @module
 */

import { type Database, isUniqueViolation } from "../../state/mod.ts";
import type { PortForward } from "./port_forward.ts";
import type { PublishedPort } from "./published_port.ts";

/** A container's addresses. */
export interface ContainerAddresses {
  /** Its IPv4 address, where it has one. */
  address4?: string | undefined;
  /** Its IPv6 address, where it has one. */
  address6?: string | undefined;
}

/** The published ports of an instance, as remembered. */
export class PortStore {
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
   * Does several things with the records at once, or none of them.
   *
   * @param body What to do; it must not wait for anything.
   * @returns What `body` returned.
   */
  transaction<T>(body: () => T): T {
    return this.#database.transaction(body);
  }

  /**
   * Adds a port.
   *
   * @param forward The port.
   * @returns Whether it was free.
   */
  insert(forward: PortForward): boolean {
    try {
      this.#database.run(
        `INSERT INTO published_ports (container_id, container_port, protocol, host_address,
           host_port, container_address) VALUES (?, ?, ?, ?, ?, ?)`,
        forward.containerId,
        forward.containerPort,
        forward.protocol,
        forward.hostAddress,
        forward.hostPort,
        forward.containerAddress,
      );
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  /**
   * Tells whether a port of the host is another container's, at whichever of its addresses.
   *
   * @param port The port.
   * @returns Whether it is.
   */
  isTaken({ hostPort, protocol }: Pick<PublishedPort, "hostPort" | "protocol">): boolean {
    return this.#database.get(
      "SELECT 1 FROM published_ports WHERE protocol = ? AND host_port = ?",
      protocol,
      hostPort,
    ) !== undefined;
  }

  /**
   * Reads records.
   *
   * @param containerId Only those of this container; all where absent.
   * @returns The ports, in the order in which they were published.
   */
  list(containerId?: string): PortForward[] {
    const where = containerId === undefined ? "" : "WHERE container_id = ?";
    return this.#database.all<PortForward>(
      `SELECT container_id AS containerId, container_port AS containerPort, protocol,
         host_address AS hostAddress, host_port AS hostPort, container_address AS containerAddress
         FROM published_ports ${where} ORDER BY id`,
      ...containerId === undefined ? [] : [containerId],
    );
  }

  /**
   * Has a container's ports lead to other addresses of it.
   *
   * @param containerId The container's whole id.
   * @param addresses The addresses; ports of a version of IP that it has none of lead nowhere: the
   * address it had may be another one's soon.
   */
  setAddresses(containerId: string, { address4, address6 }: ContainerAddresses): void {
    this.#database.transaction(() => {
      for (const [address, operator] of [[address4, "NOT LIKE"], [address6, "LIKE"]]) {
        this.#database.run(
          `UPDATE published_ports SET container_address = ?
             WHERE container_id = ? AND host_address ${operator} '%:%'`,
          address ?? "",
          containerId,
        );
      }
    });
  }

  /**
   * Forgets a container's ports.
   *
   * @param containerId The container's whole id.
   */
  delete(containerId: string): void {
    this.#database.run("DELETE FROM published_ports WHERE container_id = ?", containerId);
  }
}
