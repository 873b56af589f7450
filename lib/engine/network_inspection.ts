/**
 * `NetworkSettings` of Docker's `inspect`.
 *
 * @module
 */

import type { ContainerRecord } from "../container/store.ts";
import { portBindings } from "./host_config_inspection.ts";
import type { Fields } from "./optional_fields.ts";

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
 * @returns Docker's fields.
 */
export function inspectNetworks(record: ContainerRecord): Fields {
  const { process, settings, status } = record;
  const runs = process !== undefined && (status === "running" || status === "paused");
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
    ...NO_ADDRESSES,
    Networks: { [settings.network]: endpoint() },
  };
}

/** Docker lists exposed ports that nothing leads to as well. */
function exposedOnly(exposed: readonly string[]): Fields {
  return Object.fromEntries(exposed.map((key) => [key, null]));
}

function endpoint(): Fields {
  return {
    IPAMConfig: null,
    Links: null,
    Aliases: null,
    DriverOpts: null,
    GwPriority: 0,
    NetworkID: "",
    ...NO_ADDRESSES,
    DNSNames: null,
  };
}
