/**
 * The connections of a new container to networks.
 *
 * @module
 */

import { isConnected } from "../../container/mod.ts";
import { EngineError } from "../../errors.ts";
import { defaultNetwork } from "../../network/default_network.ts";
import type { EndpointWishes } from "../../network/endpoint.ts";
import { checkWishes, EndpointStore } from "../../network/endpoint_store.ts";
import { DEFAULT_NETWORK, type Network } from "../../network/network.ts";
import { NetworkStore } from "../../network/network_store.ts";
import type { Instance } from "../instance/instance.ts";
import {
  aliasError,
  attachError,
  type NetworkRequest,
  type PlannedNetworks,
} from "./network_requests.ts";

/**
 * Finds the networks of requests, and checks what is asked of each.
 *
 * @param instance The instance.
 * @param requests The requests, at least one.
 * @returns The networks.
 * @throws {EngineError} `notFound`: there is no such network; `invalid`: one does not have what is
 * asked for.
 */
export function planEndpoints(
  instance: Instance,
  requests: readonly NetworkRequest[],
): PlannedNetworks {
  const { config, database, roots } = instance;
  const planned = requests.map(({ name, ...wishes }) => {
    if (!isConnected(name)) throw attachError();
    const network = name === DEFAULT_NETWORK
      ? defaultNetwork({ database, config, instance: roots.instance })
      : new NetworkStore(database).find(name);
    if (!isConnected(network.name)) throw attachError();
    checkRequest(network, wishes);
    return { network, wishes };
  });
  checkDistinct(planned.map(({ network }) => network.name));
  return {
    mode: planned[0]!.network.name,
    connect: (containerId) => {
      const endpoints = new EndpointStore(database);
      for (const { network, wishes } of planned) endpoints.insert(network, containerId, wishes);
    },
  };
}

function checkDistinct(names: readonly string[]): void {
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice === undefined) return;
  throw new EngineError(`network "${twice}" is specified multiple times`, { kind: "invalid" });
}

/**
 * Checks what a container asks of a network.
 *
 * @param network The network.
 * @param wishes What it asks for.
 * @throws {EngineError} `invalid`: the network does not have that; `conflict`: an address is its own.
 */
export function checkRequest(network: Network, wishes: EndpointWishes): void {
  if (network.name === DEFAULT_NETWORK) {
    if (wishes.address4 !== undefined || wishes.address6 !== undefined) {
      throw new EngineError(
        `Cannot connect to network "${network.name}": user specified IP address is supported on ` +
          `user defined networks only`,
        { kind: "invalid" },
      );
    }
    if (wishes.aliases !== undefined && wishes.aliases.length > 0) throw aliasError();
  }
  checkWishes(network, wishes);
}
