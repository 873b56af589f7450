/**
 * Ports of a container that the host listens on for it.
 *
 * @module
 */

import { EngineError } from "../errors.ts";

/** A port of the host that leads to one of a container. */
export interface PublishedPort {
  /** The container's port. */
  containerPort: number;
  /** The protocol. */
  protocol: "tcp" | "udp" | "sctp";
  /** The host's address that is listened on: `0.0.0.0` and `::` are all of them. */
  hostAddress: string;
  /** The host's port. */
  hostPort: number;
}

/**
 * Writes a container's published ports as `ps` lists them.
 *
 * @param ports The ports.
 * @returns Text such as `0.0.0.0:8080->80/tcp, [::]:8080->80/tcp`.
 */
export function portsText(ports: readonly PublishedPort[]): string {
  return ports.map((port) => `${hostText(port)}->${port.containerPort}/${port.protocol}`).join(
    ", ",
  );
}

/**
 * Writes where the host listens.
 *
 * @param port The port.
 * @returns Text such as `0.0.0.0:8080`, `[::]:8080`.
 */
export function hostText({ hostAddress, hostPort }: PublishedPort): string {
  return `${hostAddress.includes(":") ? `[${hostAddress}]` : hostAddress}:${hostPort}`;
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
