/**
 * A network as Docker's `network inspect` describes it.
 *
 * @module
 */

import type { ContainerRecord } from "../../container/record/store.ts";
import {
  type Endpoint,
  isPredefined,
  type Network,
  type NetworkSubnet,
} from "../../network/mod.ts";
import { type Fields, withOptional } from "../instance/optional_fields.ts";

/** The fields of Docker's `network inspect`. */
export type NetworkInspection = Record<string, unknown>;

/**
 * Describes a network.
 *
 * @param network The network.
 * @param endpoints Its endpoints.
 * @param running The running containers by their whole ids.
 * @returns The description, with Docker's fields and nesting.
 */
export function describeNetwork(
  network: Network,
  endpoints: readonly Endpoint[],
  running: ReadonlyMap<string, ContainerRecord>,
): NetworkInspection {
  const connected = endpoints.filter(({ containerId }) => running.has(containerId))
    .map((endpoint) => [
      endpoint.containerId,
      describeEndpoint(network, endpoint, running.get(endpoint.containerId)!.name),
    ]);
  // They have the host's network or none of their own: there is nothing to connect.
  const alone = [...running.values()]
    .filter(({ settings }) => settings.network === network.name && connected.length === 0)
    .filter(() => network.driver === "host" || network.driver === "null")
    .map(({ id, name }) => [id, { ...NOTHING, Name: name }]);
  return {
    Name: network.name,
    Id: network.id,
    Created: new Date(network.createdAt).toISOString(),
    Scope: "local",
    Driver: network.driver,
    EnableIPv6: network.ipv6,
    IPAM: {
      Driver: "default",
      Options: isPredefined(network) ? null : {},
      Config: network.subnets.map(describeSubnet),
    },
    Internal: network.internal,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: "" },
    ConfigOnly: false,
    Containers: Object.fromEntries([...connected, ...alone]),
    Options: network.options,
    Labels: network.labels,
  };
}

const NOTHING = { EndpointID: "", MacAddress: "", IPv4Address: "", IPv6Address: "" } as const;

function describeEndpoint(network: Network, endpoint: Endpoint, name: string): Fields {
  const withPrefix = (address: string | undefined) => {
    if (address === undefined) return "";
    const own = network.subnets.find(({ subnet }) =>
      subnet.includes(":") === address.includes(":")
    );
    return `${address}/${own?.subnet.split("/")[1]}`;
  };
  return {
    Name: name,
    EndpointID: endpoint.id,
    MacAddress: endpoint.mac ?? "",
    IPv4Address: withPrefix(endpoint.address4),
    IPv6Address: withPrefix(endpoint.address6),
  };
}

function describeSubnet({ auxiliary, gateway, range, subnet }: NetworkSubnet): Fields {
  return withOptional({ Subnet: subnet }, {
    IPRange: range ?? "",
    Gateway: gateway ?? "",
    AuxiliaryAddresses: auxiliary ?? null,
  });
}
