/**
 * The published ports of running containers: held on the host, and led to the container.
 *
 * @module
 */

import { Errno, isErrno } from "../../../ffi/mod.ts";
import type { ContainerRecord } from "../../container/mod.ts";
import {
  BridgeOption,
  type ContainerAddresses,
  type Firewall,
  forgetFlows,
  HeldPorts,
  type Network,
  type NetworkedEndpoint,
  type PortRequest,
  PortStore,
} from "../../network/mod.ts";
import type { SupervisionContext } from "../supervision_context.ts";

/** The published ports of an instance's running containers. */
export class ContainerPorts {
  readonly #store: PortStore;
  readonly #held: HeldPorts;
  readonly #firewall: Firewall;
  readonly #log: SupervisionContext["log"];

  /**
   * Holds nothing yet.
   *
   * @param context What supervision needs.
   * @param firewall What leads from ports to containers.
   */
  constructor(context: SupervisionContext, firewall: Firewall) {
    this.#store = new PortStore(context.store.database);
    this.#held = new HeldPorts(this.#store);
    this.#firewall = firewall;
    this.#log = context.log;
  }

  /**
   * Takes the ports that a container asks for; they lead to it once the firewall has its rules.
   *
   * @param record The container.
   * @param connections Its networks, and its addresses on them.
   * @throws {EngineError} `conflict`: something else has one of the ports.
   */
  take(record: ContainerRecord, connections: readonly NetworkedEndpoint[]): void {
    const main = mainConnection(connections);
    const requests = (record.settings.publish ?? []).map((request) =>
      main ? withDefaultAddress(request, main.network) : request
    );
    this.#held.take(record, requests, addressesOf(main));
  }

  /**
   * Opens the ways to a container that the firewall's rules alone do not: for the host by way of
   * 127.0.0.1, and for those whose datagrams went elsewhere before.
   *
   * @param id The container's whole id.
   * @param networks Its networks, whose bridges are there and guarded by the firewall.
   */
  open(id: string, networks: readonly Network[]): void {
    const forwards = this.#store.list(id);
    if (forwards.length === 0) return;
    for (const { driver, interface: bridge } of networks) {
      if (driver !== "bridge") continue;
      // The kernel drops what comes from 127.0.0.1 and leaves by another interface than lo, and its
      // answers, where this is not set.
      Deno.writeTextFileSync(`/proc/sys/net/ipv4/conf/${bridge}/route_localnet`, "1");
    }
    try {
      forgetFlows(forwards);
    } catch (error) {
      // Without nf_conntrack_netlink the kernel tells nobody of flows: they end half a minute after
      // their last datagram.
      if (!isErrno(error, Errno.EINVAL)) throw error;
      this.#log(`Cannot redirect datagrams that are on their way to ports of "${id}"`, error);
    }
  }

  /**
   * Has a container's ports lead to where it can be reached now.
   *
   * @param id The container's whole id.
   * @param connections Its networks, and its addresses on them.
   */
  async follow(id: string, connections: readonly NetworkedEndpoint[]): Promise<void> {
    if (this.#store.list(id).length === 0) return;
    this.#store.setAddresses(id, addressesOf(mainConnection(connections)));
    await this.#firewall.sync();
    this.open(id, connections.map(({ network }) => network));
  }

  /**
   * Lets go of the ports of a container whose run has ended.
   *
   * @param id The container's whole id.
   */
  async release(id: string): Promise<void> {
    if (!this.#held.release(id)) return;
    this.#store.delete(id);
    await this.#firewall.sync();
  }

  /**
   * Holds the ports of containers that another supervisor has started.
   *
   * @param records The containers.
   */
  adopt(records: readonly ContainerRecord[]): void {
    for (const record of records) {
      for (const error of this.#held.adopt(record)) {
        this.#log(`Cannot hold a port of container "${record.name}"`, error);
      }
    }
  }
}

/** Ports lead to the first network that the world may enter. */
function mainConnection(
  connections: readonly NetworkedEndpoint[],
): NetworkedEndpoint | undefined {
  return connections.find(({ network }) => network.driver === "bridge" && !network.internal);
}

function addressesOf(connection: NetworkedEndpoint | undefined): ContainerAddresses {
  return { address4: connection?.endpoint.address4, address6: connection?.endpoint.address6 };
}

/** A network may say at which of the host's addresses its ports are published. */
function withDefaultAddress(request: PortRequest, { options }: Network): PortRequest {
  const hostAddress = request.hostAddress ?? options[BridgeOption.HOST_BINDING];
  return hostAddress === undefined ? request : { ...request, hostAddress };
}
