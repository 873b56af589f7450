/**
 * Connecting containers to networks, and disconnecting them, while they run.
 *
 * @module
 */

import { close } from "../../../ffi/mod.ts";
import { currentConnections, recordConnections } from "../../container/names/connections.ts";
import { refreshNames } from "../../container/names/member_names.ts";
import { type ContainerRecord, hasProcesses } from "../../container/mod.ts";
import { EngineError } from "../../errors.ts";
import {
  connectNamespace,
  disconnectNamespace,
  type Endpoint,
  EndpointStore,
  type EndpointWishes,
  freeInterfaceName,
  type NamespaceSide,
  type Network,
  NetworkStore,
} from "../../network/mod.ts";
import { interfaceNames } from "../../network/interface_counters.ts";
import { openProcess, ProcessGoneError, type ProcessHandle } from "../../process/mod.ts";
import type { SupervisionContext } from "../supervision_context.ts";

/** What changes with a container's networks besides its interfaces. */
export interface LiveNetworksOptions {
  /** What supervision needs. */
  context: SupervisionContext;
  /**
   * Gives what it takes to work on a container's namespace.
   *
   * @param record The container.
   * @param namespace A descriptor of the namespace.
   */
  side(record: ContainerRecord, namespace: number): NamespaceSide;
  /**
   * Makes a network's own interface, unless it is there.
   *
   * @param network The network.
   */
  ensure(network: Network): Promise<void>;
  /**
   * Has the firewall follow the addresses that containers have now.
   *
   * @param record The container whose addresses have changed.
   */
  follow(record: ContainerRecord): Promise<void>;
}

/**
 * Connects a container that is held to a network; one that does not run at the moment is connected
 * when it does.
 *
 * @param options What that needs.
 * @param record The container.
 * @param networkId The network's whole id.
 * @param wishes What it asks for there.
 * @throws {EngineError} It cannot be connected; nothing of the attempt is left.
 */
export async function connectLive(
  options: LiveNetworksOptions,
  record: ContainerRecord,
  networkId: string,
  wishes: EndpointWishes,
): Promise<void> {
  const { context: { roots, store: { database } }, ensure, follow, side } = options;
  const endpoints = new EndpointStore(database);
  const network = findNetwork(database, networkId);
  const before = currentConnections(database, record.id);
  const endpoint = database.transaction(() => {
    const added = endpoints.insert(network, record.id, wishes);
    if (!hasProcess(record)) return added;
    const own = before.map((one) => one.endpoint.interface);
    return endpoints.lease(added, network, freeInterfaceName([...own, ...interfacesOf(record)]));
  });
  if (!hasProcess(record)) return;
  await using undo = new AsyncDisposableStack();
  undo.defer(() => endpoints.delete(endpoint.id));
  await ensure(network);
  const added = [{ endpoint, network }];
  await inNamespaceOf(
    record,
    (namespace) => connectNamespace(side(record, namespace), added, [...before, ...added]),
  );
  undo.defer(() =>
    inNamespaceOf(
      record,
      (namespace) => disconnectNamespace(side(record, namespace), [endpoint], before),
    )
  );
  await follow(record);
  undo.move();
  recordConnections(database, [endpoint], "connect");
  refreshNames(roots, database, [network.id]);
}

/**
 * Disconnects a container that is held from a network.
 *
 * @param options What that needs.
 * @param record The container.
 * @param networkId The network's whole id.
 * @param force Whether it is taken off the record whatever becomes of its interface.
 * @throws {EngineError} It cannot be disconnected, and still is connected.
 */
export async function disconnectLive(
  options: LiveNetworksOptions,
  record: ContainerRecord,
  networkId: string,
  force: boolean,
): Promise<void> {
  const { context: { roots, store: { database } }, follow, side } = options;
  const endpoints = new EndpointStore(database);
  const network = findNetwork(database, networkId);
  const endpoint = endpoints.ofContainer(record.id).find((one) => one.networkId === network.id);
  if (!endpoint) {
    throw new EngineError(
      `container ${record.id} is not connected to the network ${network.name}`,
      {
        kind: "invalid",
      },
    );
  }
  const isLive = hasProcess(record) && endpoint.interface !== undefined;
  if (isLive) {
    const rest = currentConnections(database, record.id)
      .filter((one) => one.endpoint.id !== endpoint.id);
    try {
      await inNamespaceOf(
        record,
        (namespace) => disconnectNamespace(side(record, namespace), [endpoint], rest),
      );
    } catch (error) {
      if (!force) throw error;
    }
  }
  endpoints.delete(endpoint.id);
  if (!isLive) return;
  recordConnections(database, [endpoint as Endpoint], "disconnect");
  refreshNames(roots, database, [network.id], [record.id]);
  await follow(record);
}

function findNetwork(database: ConstructorParameters<typeof NetworkStore>[0], id: string): Network {
  const network = new NetworkStore(database).get(id);
  if (network) return network;
  throw new EngineError(`network ${id.slice(0, 12)} not found`, { kind: "notFound" });
}

function hasProcess(record: ContainerRecord): boolean {
  return record.process !== undefined && hasProcesses(record);
}

/** What its processes have made there, too. */
function interfacesOf(record: ContainerRecord): string[] {
  return interfaceNames(ofProcess(record, (process) => process.readText("net/dev")));
}

async function inNamespaceOf(
  record: ContainerRecord,
  body: (namespace: number) => Promise<void>,
): Promise<void> {
  const namespace = ofProcess(record, (process) => process.open("ns/net"));
  try {
    await body(namespace);
  } finally {
    close(namespace);
  }
}

/** The end of its process may not be recorded yet. */
function ofProcess<T>(record: ContainerRecord, body: (process: ProcessHandle) => T): T {
  try {
    using process = openProcess(record.process!);
    return body(process);
  } catch (error) {
    if (!(error instanceof ProcessGoneError)) throw error;
    throw new EngineError(`container ${record.name} is not running any more`, { kind: "conflict" });
  }
}
