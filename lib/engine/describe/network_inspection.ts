/**
 * `NetworkSettings` of Docker's `inspect`.
 *
 * @module
 */

import { isConnected, sharedWith } from "../../container/record/network_mode.ts";
import { hasProcesses } from "../../container/record/status.ts";
import type { ContainerRecord } from "../../container/record/store.ts";
import type { ContainerConnection } from "./connections.ts";
import { portBindings } from "./host_config.ts";
import type { Fields } from "../instance/optional_fields.ts";

/** The addresses of a container or of one of its endpoints; there are none without a network. */
const NO_ADDRESSES = {
  EndpointID: "",
  Gateway: "",
  GlobalIPv6Address: "",
  GlobalIPv6PrefixLen: 0,
  IPAddress: "",
  IPPrefixLen: 0,
  IPv6Gateway: "",
  MacAddress: "",
} as const;

/**
 * Describes a container's networks.
 *
 * @param record The container.
 * @param connections What it is connected to.
 * @returns Docker's fields.
 */
export function inspectNetworks(
  record: ContainerRecord,
  connections: readonly ContainerConnection[],
): Fields {
  const { process, settings } = record;
  const runs = process !== undefined && hasProcesses(record);
  const usual = connections.find(({ network }) => network.name === "bridge");
  const networks = connections.map((one) => [one.network.name, endpoint(record, one)]);
  return {
    Bridge: "",
    SandboxID: runs ? record.id : "",
    SandboxKey: runs ? `/proc/${process.pid}/ns/net` : "",
    Ports: runs ? { ...exposedOnly(settings.exposedPorts), ...portBindings(record.ports) } : {},
    HairpinMode: false,
    LinkLocalIPv6Address: "",
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    // What containers had before there were several networks: the default one's.
    ...usual ? addresses(usual) : NO_ADDRESSES,
    Networks: isConnected(settings.network)
      ? Object.fromEntries(networks)
      : sharedWith(settings.network) === undefined
      ? { [settings.network]: NO_ENDPOINT }
      : {},
  };
}

/** Docker lists exposed ports that nothing leads to as well. */
function exposedOnly(exposed: readonly string[]): Fields {
  return Object.fromEntries(exposed.map((key) => [key, null]));
}

/** Of a container that does not run, the addresses it asked for are on record, and not in use. */
function addresses({ endpoint, network }: ContainerConnection): Fields {
  if (endpoint.interface === undefined) return NO_ADDRESSES;
  const of = (address: string | undefined) => {
    const own = network.subnets.find(({ subnet }) =>
      address !== undefined && subnet.includes(":") === address.includes(":")
    );
    return {
      address: address ?? "",
      length: Number(own?.subnet.split("/")[1] ?? 0),
      gateway: network.internal ? "" : own?.gateway ?? "",
    };
  };
  const [four, six] = [of(endpoint.address4), of(endpoint.address6)];
  return {
    EndpointID: endpoint.id,
    Gateway: four.gateway,
    GlobalIPv6Address: six.address,
    GlobalIPv6PrefixLen: six.length,
    IPAddress: four.address,
    IPPrefixLen: four.length,
    IPv6Gateway: six.gateway,
    MacAddress: endpoint.mac ?? "",
  };
}

function endpoint(record: ContainerRecord, connection: ContainerConnection): Fields {
  const { endpoint: { wishes }, network } = connection;
  const { address4, address6, aliases = [] } = wishes;
  const isNamed = network.name !== "bridge";
  const asked = address4 !== undefined || address6 !== undefined;
  const names = [...new Set([record.name, ...aliases, record.id.slice(0, 12)])];
  return {
    ...NO_ENDPOINT,
    IPAMConfig: asked
      ? {
        ...address4 !== undefined && { IPv4Address: address4 },
        ...address6 !== undefined && { IPv6Address: address6 },
      }
      : null,
    // Scripts look for the beginning of the id among them, as Docker had it for long.
    Aliases: isNamed ? [...aliases, record.id.slice(0, 12)] : null,
    NetworkID: network.id,
    ...addresses(connection),
    DNSNames: isNamed ? [...new Set([...names, record.settings.hostname])] : null,
  };
}

const NO_ENDPOINT = {
  IPAMConfig: null,
  Links: null,
  Aliases: null,
  DriverOpts: null,
  GwPriority: 0,
  NetworkID: "",
  ...NO_ADDRESSES,
  DNSNames: null,
} as const;
