/**
 * What supervision has done to networks.
 *
 * @module
 */

import type { ContainerRecord } from "../../container/mod.ts";
import type { EndpointWishes } from "../../network/mod.ts";
import type { ContainerNetwork } from "./network_in_making.ts";

/** The networks of an instance's containers, as its supervisor makes them. */
export interface Networks {
  /**
   * Begins to make a container's network.
   *
   * @param record The container.
   * @param born A descriptor of its namespace, where init was born in it: that of a user namespace,
   * which ours could not give it any rights over. It is closed with what is returned, or thrown.
   * @returns Its namespace, and when it is ready.
   * @throws {EngineError} `conflict`: a network has no address left; `unavailable`: the kernel does
   * not give it a namespace.
   */
  begin(record: ContainerRecord, born?: number): ContainerNetwork;
  /**
   * Lets go of what a container has of the host, once its run has ended.
   *
   * @param id The container's whole id.
   */
  release(id: string): Promise<void>;
  /**
   * Holds what containers that another supervisor has started have of the host, and puts right what
   * it has left.
   *
   * @param running The containers.
   */
  adopt(running: readonly ContainerRecord[]): void;
  /**
   * Connects a container that is held to a network.
   *
   * @param id The container's whole id.
   * @param request The network's whole id, and what is asked for there.
   * @throws {EngineError} It cannot be connected; nothing of the attempt is left.
   */
  connect(id: string, request: { network: string; wishes: EndpointWishes }): Promise<void>;
  /**
   * Disconnects a container that is held from a network.
   *
   * @param id The container's whole id.
   * @param request The network's whole id, and whether the record is changed in any case.
   * @throws {EngineError} It cannot be disconnected.
   */
  disconnect(id: string, request: { network: string; force: boolean }): Promise<void>;
}
