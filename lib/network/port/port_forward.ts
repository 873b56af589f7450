/**
 * What publishing a port leads to.
 *
 * @module
 */

/** A port of the host that leads to one of a container. */
export interface PortForward {
  /** The container's whole id; its rules carry it as their comment. */
  containerId: string;
  /** The protocol. */
  protocol: "tcp" | "udp" | "sctp";
  /** An address of the host, of the container's family; `0.0.0.0` and `::` are all of them. */
  hostAddress: string;
  /** The host's port. */
  hostPort: number;
  /** The container's address; empty while it has none that can be reached. */
  containerAddress: string;
  /** The container's port. */
  containerPort: number;
}
