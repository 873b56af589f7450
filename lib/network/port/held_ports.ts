/**
 * The ports of the host that lead to containers, held against everything else on it.
 *
 * What arrives for such a port is sent on before any socket sees it. A socket is bound to it all the
 * same, and never listens: so whatever else asks for the port is told that it is in use, and a port
 * that something else has is found out here.
 *
 * @module
 */

import { bindSocket, close, Errno, errnoText, isErrno, SyscallError } from "../../../ffi/mod.ts";
import { EngineError, type ErrorKind } from "../../errors.ts";
import { parseAddress } from "../address.ts";
import { familyOf } from "../address.ts";
import type { PortForward } from "./port_forward.ts";
import type { PortProtocol, PortRequest } from "./port_request.ts";
import type { ContainerAddresses, PortStore } from "./port_store.ts";
import { hostText } from "./published_port.ts";

/** Whose ports. */
export interface PortOwner {
  /** The container's whole id. */
  id: string;
  /** Its name. */
  name: string;
}

/** How often a port is tried for that is free at all addresses. */
const ATTEMPTS = 64;

const ERROR_KIND: Readonly<Record<number, ErrorKind>> = {
  [Errno.EADDRINUSE]: "conflict",
  [Errno.EADDRNOTAVAIL]: "invalid",
  [Errno.EAFNOSUPPORT]: "invalid",
};

/** The held ports of an instance; they stay held while this process lives. */
export class HeldPorts {
  readonly #store: PortStore;
  readonly #sockets = new Map<string, number[]>();

  /**
   * Holds nothing yet.
   *
   * @param store The records.
   */
  constructor(store: PortStore) {
    this.#store = store;
  }

  /**
   * Takes ports of the host for a container, all or none, and records them.
   *
   * @param owner The container.
   * @param requests What it asks for.
   * @param addresses Its addresses.
   * @throws {EngineError} `conflict`: something else has one; `invalid`: this host does not have the
   * address, or nothing leads from there to the container.
   */
  take(owner: PortOwner, requests: readonly PortRequest[], addresses: ContainerAddresses): void {
    if (requests.length === 0) return;
    const sockets: number[] = [];
    try {
      this.#store.transaction(() => {
        // What is left of a run that nobody saw the end of.
        this.#store.delete(owner.id);
        for (const request of requests) this.#takeOne(owner, request, addresses, sockets);
      });
      this.#sockets.set(owner.id, sockets);
    } catch (error) {
      sockets.forEach(close);
      throw error;
    }
  }

  /**
   * Holds the recorded ports of a container that another process held them for.
   *
   * @param owner The container.
   * @returns Why some cannot be held: something else has taken them meanwhile.
   */
  adopt(owner: PortOwner): EngineError[] {
    const errors: EngineError[] = [];
    const sockets: number[] = [];
    for (const forward of this.#store.list(owner.id)) {
      try {
        sockets.push(bind(forward.protocol, forward.hostAddress, forward.hostPort).fd);
      } catch (error) {
        errors.push(this.#refusal(owner, forward, error));
      }
    }
    if (sockets.length > 0) this.#sockets.set(owner.id, sockets);
    return errors;
  }

  /**
   * Lets go of a container's ports.
   *
   * @param id The container's whole id.
   * @returns Whether there were any.
   */
  release(id: string): boolean {
    this.#sockets.get(id)?.forEach(close);
    return this.#sockets.delete(id);
  }

  #takeOne(
    owner: PortOwner,
    request: PortRequest,
    addresses: ContainerAddresses,
    sockets: number[],
  ): void {
    const targets = targetsOf(owner, request, addresses);
    const { hostPort = 0, lastHostPort = hostPort } = request;
    const isChoice = lastHostPort !== hostPort || hostPort === 0;
    const attempts = hostPort === 0 ? ATTEMPTS : lastHostPort - hostPort + 1;
    for (let attempt = 0;; attempt++) {
      const port = hostPort === 0 ? 0 : hostPort + attempt;
      const isLast = attempt === attempts - 1;
      try {
        sockets.push(...this.#bindAll(owner, request, targets, port));
        return;
      } catch (error) {
        const isTaken = error instanceof EngineError && error.kind === "conflict";
        if (!isTaken || !isChoice || isLast) throw error;
      }
    }
  }

  /** One port at all of the request's addresses. */
  #bindAll(
    owner: PortOwner,
    { containerPort, protocol }: PortRequest,
    targets: readonly Target[],
    wanted: number,
  ): number[] {
    const sockets: number[] = [];
    let hostPort = wanted;
    try {
      return this.#store.transaction(() => {
        for (const { containerAddress, hostAddress } of targets) {
          const forward = () => ({
            containerId: owner.id,
            containerAddress,
            containerPort,
            protocol,
            hostAddress,
            hostPort,
          });
          try {
            const socket = bind(protocol, hostAddress, hostPort);
            sockets.push(socket.fd);
            hostPort = socket.port;
          } catch (error) {
            throw this.#refusal(owner, forward(), error);
          }
          if (!this.#store.insert(forward())) throw alreadyAllocated(owner, forward());
        }
        return sockets;
      });
    } catch (error) {
      sockets.forEach(close);
      throw error;
    }
  }

  #refusal(owner: PortOwner, forward: PortForward, error: unknown): EngineError {
    const { containerAddress, containerPort, protocol } = forward;
    const place = `${hostText(forward)}:${containerAddress}:${containerPort}/${protocol}`;
    if (!(error instanceof SyscallError)) throw error;
    if (error.errno === Errno.EADDRINUSE && this.#store.isTaken(forward)) {
      return alreadyAllocated(owner, forward);
    }
    const reason = `failed to bind host port for ${place}: ${errnoText(error.errno)}`;
    return new EngineError(failure(owner, reason), { kind: ERROR_KIND[error.errno] ?? "system" });
  }
}

/** From where to where. */
interface Target {
  hostAddress: string;
  containerAddress: string;
}

function targetsOf(
  owner: PortOwner,
  { containerPort, hostAddress, hostPort = 0, protocol }: PortRequest,
  { address4, address6 }: ContainerAddresses,
): Target[] {
  const all: Target[] = [
    ...address4 === undefined ? [] : [{ hostAddress: "0.0.0.0", containerAddress: address4 }],
    ...address6 === undefined ? [] : [{ hostAddress: "::", containerAddress: address6 }],
  ];
  if (hostAddress === undefined) return all;
  const place = `${hostText({ hostAddress, hostPort })}:${containerPort}/${protocol}`;
  if (hostAddress === "::1") {
    const reason = `Cannot publish ${place}: no packet leaves ::1, publish at 127.0.0.1`;
    throw new EngineError(failure(owner, reason), { kind: "invalid" });
  }
  const target = all.find((one) => familyOf(one.hostAddress) === familyOf(hostAddress));
  if (target) return [{ ...target, hostAddress }];
  const version = `IPv${familyOf(hostAddress)}`;
  throw new EngineError(
    failure(owner, `Cannot publish ${place}: the container has no ${version} address`),
    { kind: "invalid" },
  );
}

function bind(
  protocol: PortProtocol,
  hostAddress: string,
  port: number,
): { fd: number; port: number } {
  const to = { protocol, address: addressBytes(hostAddress), port };
  try {
    return bindSocket(to);
  } catch (error) {
    // The last connections of a program that has ended may still be there; one that listens is not
    // overlooked this way. Of UDP there are none, and two sockets could share the port.
    if (protocol === "udp" || !isErrno(error, Errno.EADDRINUSE)) throw error;
    return bindSocket(to, true);
  }
}

function addressBytes(text: string): Uint8Array<ArrayBuffer> {
  const { family, value } = parseAddress(text)!;
  const size = family === 4 ? 4 : 16;
  return Uint8Array.from(
    { length: size },
    (_, index) => Number((value >> BigInt(8 * (size - 1 - index))) & 0xffn),
  );
}

function alreadyAllocated(owner: PortOwner, forward: PortForward): EngineError {
  const reason = `Bind for ${hostText(forward)} failed: port is already allocated`;
  return new EngineError(failure(owner, reason), { kind: "conflict" });
}

function failure({ id, name }: PortOwner, reason: string): string {
  return `Cannot start container "${name}": driver failed programming external connectivity on ` +
    `endpoint ${name} (${id}): ${reason}`;
}
