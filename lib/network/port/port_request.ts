/**
 * What is asked of published and exposed ports: the values of `--publish` and `--expose`.
 *
 * @module
 */

import { invalid } from "../../errors.ts";
import { formatAddress, parseAddress } from "../address.ts";

/** A transport protocol. */
export type PortProtocol = "tcp" | "udp" | "sctp";

/** A port of a container that is to be reached through one of the host. */
export interface PortRequest {
  /** The container's port. */
  containerPort: number;
  /** The protocol. */
  protocol: PortProtocol;
  /** The host's address; absent for all of them. */
  hostAddress?: string;
  /** The host's port, or the first of those that it may be; absent for any that is free. */
  hostPort?: number;
  /** The last port that it may be, where it may be one of several. */
  lastHostPort?: number;
}

/** Consecutive ports. */
interface Ports {
  first: number;
  last: number;
}

const LAST_PORT = 65535;
const PROTOCOLS: readonly string[] = ["tcp", "udp", "sctp"];

/**
 * Reads a value of `--publish`, as Docker does.
 *
 * @param text `[[IP:][HOST]:]CONTAINER[/PROTOCOL]`; ports may be ranges, an IPv6 address stands in
 * brackets.
 * @returns A request for each port of the container.
 * @throws {EngineError} `invalid`: it has another form.
 */
export function parsePortRequests(text: string): PortRequest[] {
  const { protocol, rest } = splitProtocol(text);
  const parts = rest.split(":");
  const container = parts.pop()!;
  const host = parts.pop() ?? "";
  const hostAddress = parseHostAddress(parts.join(":"));
  if (container === "") throw invalid(`no port specified: ${text}<empty>`);
  const containerPorts = parsePorts(container);
  if (!containerPorts) throw invalid(`invalid containerPort: ${container}`);
  const hostPorts = host === "" ? undefined : parsePorts(host);
  if (host !== "" && !hostPorts) throw invalid(`invalid hostPort: ${host}`);
  const count = containerPorts.last - containerPorts.first;
  if (hostPorts && hostPorts.last - hostPorts.first !== count && count > 0) {
    throw invalid(
      `invalid ranges specified for container and host Ports: ${container} and ${host}`,
    );
  }
  return Array.from({ length: count + 1 }, (_, index) => ({
    containerPort: containerPorts.first + index,
    protocol,
    ...hostAddress !== undefined && { hostAddress },
    ...hostPortOf(hostPorts, index, count),
  }));
}

/** Several ports of the host for one of the container are a choice, else they go in pairs. */
function hostPortOf(
  ports: Ports | undefined,
  index: number,
  count: number,
): Pick<PortRequest, "hostPort" | "lastHostPort"> {
  if (!ports || ports.last === 0) return {};
  if (count > 0 || ports.first === ports.last) return { hostPort: ports.first + index };
  return { hostPort: ports.first, lastHostPort: ports.last };
}

/**
 * Reads a value of `--expose`, or one of an image's exposed ports.
 *
 * @param text `PORT[/PROTOCOL]` or `FIRST-LAST[/PROTOCOL]`.
 * @returns The ports, each as `PORT/PROTOCOL`.
 * @throws {EngineError} `invalid`: it has another form.
 */
export function parseExposedPorts(text: string): string[] {
  const { protocol, rest } = splitProtocol(text);
  const ports = parsePorts(rest);
  if (!ports) {
    throw invalid(`invalid range format for --expose: ${text}: it must be PORT or FIRST-LAST`);
  }
  return Array.from(
    { length: ports.last - ports.first + 1 },
    (_, index) => `${ports.first + index}/${protocol}`,
  );
}

/**
 * Asks for a free port of the host for each exposed port that has none yet (`--publish-all`).
 *
 * @param exposed The container's exposed ports, as `80/tcp`.
 * @param requests What was asked for by itself.
 * @returns What is to be added.
 */
export function requestsForExposed(
  exposed: readonly string[],
  requests: readonly PortRequest[],
): PortRequest[] {
  const published = new Set(requests.map(portKey));
  const all = exposed.flatMap(parseExposedPorts).filter((key) => !published.has(key));
  return [...new Set(all)].flatMap(parsePortRequests);
}

/**
 * Names a port of a container, as Docker does.
 *
 * @param port The port.
 * @returns Such as `80/tcp`.
 */
export function portKey(
  { containerPort, protocol }: Pick<PortRequest, "containerPort" | "protocol">,
): string {
  return `${containerPort}/${protocol}`;
}

function splitProtocol(text: string): { protocol: PortProtocol; rest: string } {
  const slash = text.indexOf("/");
  if (slash < 0) return { protocol: "tcp", rest: text };
  const protocol = text.slice(slash + 1).toLowerCase();
  if (!PROTOCOLS.includes(protocol)) throw invalid(`invalid proto: ${protocol}`);
  return { protocol: protocol as PortProtocol, rest: text.slice(0, slash) };
}

function parseHostAddress(text: string): string | undefined {
  if (text === "") return undefined;
  const address = parseAddress(text.replace(/^\[(.*)\]$/, "$1"));
  if (!address) throw invalid(`invalid IP address: ${text}`);
  return formatAddress(address);
}

function parsePorts(text: string): Ports | undefined {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const ports = { first: Number(first), last: Number(last) };
  const isRange = first !== undefined && ports.first <= ports.last && ports.last <= LAST_PORT;
  return isRange ? ports : undefined;
}
