/**
 * Connecting containers to networks, and disconnecting them.
 *
 * @module
 */

import { type ContainerRecord, ContainerStore, isConnected } from "../../container/mod.ts";
import { EngineError } from "../../errors.ts";
import { EndpointStore, type EndpointWishes, type Network } from "../../network/mod.ts";
import { checkRequest } from "../create/endpoints.ts";
import { findContainer, HELD } from "../instance/container_context.ts";
import type { Instance } from "../instance/instance.ts";
import { SupervisorRequests } from "../instance/supervisor_requests.ts";

/**
 * Connects a container to a network.
 *
 * @param instance The instance.
 * @param network The network.
 * @param nameOrId The container's name, its id or the beginning of one.
 * @param wishes What it asks for there.
 * @throws {EngineError} `notFound`; `conflict`: it is connected already, or an address is in use;
 * `invalid`: it cannot be connected.
 */
export async function connectContainer(
  instance: Pick<Instance, "database" | "roots">,
  network: Network,
  nameOrId: string,
  wishes: EndpointWishes,
): Promise<void> {
  const record = await findIn(instance, nameOrId);
  checkModes(record, network);
  checkRequest(network, wishes);
  if (!HELD.includes(record.status)) {
    new EndpointStore(instance.database).insert(network, record.id, wishes);
    return;
  }
  const supervisor = new SupervisorRequests(instance.roots);
  await supervisor.ask({ kind: "connect", id: record.id, network: network.id, wishes });
}

/**
 * Disconnects a container from a network.
 *
 * @param instance The instance.
 * @param network The network.
 * @param nameOrId The container's name, its id or the beginning of one.
 * @param force Whether it is taken off the record whatever becomes of its interface.
 * @throws {EngineError} `notFound`; `invalid`: it is not connected.
 */
export async function disconnectContainer(
  instance: Pick<Instance, "database" | "roots">,
  network: Network,
  nameOrId: string,
  force: boolean,
): Promise<void> {
  const record = await findIn(instance, nameOrId);
  if (network.driver === "host") throw hostError();
  const endpoints = new EndpointStore(instance.database);
  const endpoint = endpoints.ofContainer(record.id)
    .find(({ networkId }) => networkId === network.id);
  if (!endpoint) {
    throw new EngineError(
      `container ${record.id} is not connected to the network ${network.name}`,
      {
        kind: "invalid",
      },
    );
  }
  if (!HELD.includes(record.status)) return endpoints.delete(endpoint.id);
  const supervisor = new SupervisorRequests(instance.roots);
  await supervisor.ask({ kind: "disconnect", id: record.id, network: network.id, force });
}

async function findIn(
  { database, roots }: Pick<Instance, "database" | "roots">,
  nameOrId: string,
): Promise<ContainerRecord> {
  return await findContainer({ roots, store: new ContainerStore(database) }, nameOrId);
}

function checkModes({ settings }: ContainerRecord, network: Network): void {
  const invalid = (message: string) => new EngineError(message, { kind: "invalid" });
  if (network.driver === "host" || settings.network === "host") throw hostError();
  if (network.driver === "null" || settings.network === "none") {
    throw invalid(
      "container cannot be connected to multiple networks with one of the networks in private " +
        "(none) mode",
    );
  }
  if (!isConnected(settings.network)) {
    throw invalid(
      "container sharing network namespace with another container or host cannot be connected " +
        "to any other network",
    );
  }
}

function hostError(): EngineError {
  return new EngineError(
    "container cannot be disconnected from host network or connected to host network",
    { kind: "invalid" },
  );
}
