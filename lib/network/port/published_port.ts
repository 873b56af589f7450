/**
 * Ports of a container that the host listens on for it.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { PortProtocol } from "./port_request.ts";

/** A port of the host that leads to one of a container. */
export interface PublishedPort {
  /** The container's port. */
  containerPort: number;
  /** The protocol. */
  protocol: PortProtocol;
  /** The host's address that is listened on: `0.0.0.0` and `::` are all of them. */
  hostAddress: string;
  /** The host's port. */
  hostPort: number;
}

/**
 * Writes a container's ports as `ps` lists them. As in Docker, consecutive ones are written as a
 * range where the host's are the container's, and ports that are exposed only stand for themselves.
 *
 * @param ports The published ports.
 * @param exposed All exposed ports, as `80/tcp`.
 * @returns Text such as `443/tcp, 0.0.0.0:8080->80/tcp, [::]:8080->80/tcp`.
 */
export function portsText(
  ports: readonly PublishedPort[],
  exposed: readonly string[] = [],
): string {
  const isPublished = (key: string) =>
    ports.some(({ containerPort, protocol }) => `${containerPort}/${protocol}` === key);
  const groups = new Map<string, PortRange[]>();
  const others: string[] = [];
  const add = (key: string, port: number, protocol: string) => {
    const ranges = groups.get(key) ?? [];
    const last = ranges.at(-1);
    if (last?.last === port - 1) last.last = port;
    else groups.set(key, [...ranges, { first: port, last: port, protocol }]);
  };
  for (const key of exposed.filter((key) => !isPublished(key)).sort(byNumber)) {
    const [port, protocol] = key.split("/");
    add(`/${protocol}`, Number(port), protocol!);
  }
  for (const port of [...ports].sort(byContainerPort)) {
    const { containerPort, hostAddress, hostPort, protocol } = port;
    if (hostPort === containerPort) add(`${hostAddress}/${protocol}`, hostPort, protocol);
    else others.push(`${hostText(port)}->${containerPort}/${protocol}`);
  }
  const ranges = [...groups].flatMap(([key, list]) =>
    list.map((range) => rangeText(key.slice(0, key.lastIndexOf("/")), range))
  );
  return [...ranges, ...others].join(", ");
}

function byNumber(a: string, b: string): number {
  return parseInt(a) - parseInt(b);
}

function byContainerPort(a: PublishedPort, b: PublishedPort): number {
  return a.containerPort - b.containerPort;
}

function rangeText(hostAddress: string, { first, last, protocol }: PortRange): string {
  const ports = first === last ? `${first}` : `${first}-${last}`;
  return hostAddress === ""
    ? `${ports}/${protocol}`
    : `${addressText(hostAddress)}:${ports}->${ports}/${protocol}`;
}

/**
 * Writes where the host listens.
 *
 * @param port The port.
 * @returns Text such as `0.0.0.0:8080`, `[::]:8080`.
 */
export function hostText(
  { hostAddress, hostPort }: Pick<PublishedPort, "hostAddress" | "hostPort">,
): string {
  return `${addressText(hostAddress)}:${hostPort}`;
}

function addressText(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** One or more ports of one protocol. */
export interface PortRange {
  /** The first port. */
  first: number;
  /** The last port. */
  last: number;
  /** The protocol. */
  protocol: string;
}

/**
 * Reads ports as filters name them.
 *
 * @param text `PORT[/PROTOCOL]` or `FIRST-LAST[/PROTOCOL]`; the protocol is `tcp` where it is missing.
 * @returns The ports.
 * @throws {EngineError} `invalid`: it has another form.
 */
export function parsePortRange(text: string): PortRange {
  const [, first, last = first, protocol = "tcp"] =
    /^(\d+)(?:-(\d+))?(?:\/([a-z]+))?$/i.exec(text) ?? [];
  const range = { first: Number(first), last: Number(last), protocol: protocol.toLowerCase() };
  const wrong = first === undefined || range.last > 65535 || range.first > range.last ||
    !["tcp", "udp", "sctp"].includes(range.protocol);
  if (!wrong) return range;
  throw new EngineError(`invalid port "${text}": it must be PORT or FIRST-LAST, with /tcp, /udp`, {
    kind: "invalid",
  });
}
