/**
 * Sockets of the internet protocols (ip(7), ipv6(7)), as far as holding a port takes.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { check } from "./error.ts";
import { close } from "./fd.ts";

/** Transport protocols: the type of their sockets, and their number (linux/in.h). */
export const TransportProtocol = {
  tcp: { type: 1, number: 6 },
  udp: { type: 2, number: 17 },
  sctp: { type: 1, number: 132 },
} as const;

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
// struct sockaddr_in and sockaddr_in6: family, port in network order, then the address; in the
// latter after 4 bytes of flow information (linux/in.h, linux/in6.h).
const PORT_OFFSET = 2;
const IPV4 = { family: AF_INET, size: 16, addressOffset: 4 } as const;
const IPV6 = { family: AF_INET6, size: 28, addressOffset: 8 } as const;
const IPV4_BYTES = 4;

// int socket(int domain, int type, int protocol);                                      socket(2)
const socket_ = libc("socket", { parameters: ["i32", "i32", "i32"], result: "i32" });
// int bind(int sockfd, const struct sockaddr *addr, socklen_t addrlen);                  bind(2)
const bind_ = libc("bind", { parameters: ["i32", "buffer", "u32"], result: "i32" });
// int getsockname(int sockfd, struct sockaddr *addr, socklen_t *addrlen);         getsockname(2)
const getsockname_ = libc("getsockname", {
  parameters: ["i32", "buffer", "buffer"],
  result: "i32",
});
// int setsockopt(int sockfd, int level, int optname, const void *optval, socklen_t optlen);
//                                                                                  setsockopt(2)
const setsockopt_ = libc("setsockopt", {
  parameters: ["i32", "i32", "i32", "buffer", "u32"],
  result: "i32",
});

/** Where a socket is bound to. */
export interface SocketAddress {
  /** The transport protocol. */
  protocol: keyof typeof TransportProtocol;
  /** The address in network order: 4 bytes or 16. */
  address: Uint8Array<ArrayBuffer>;
  /** The port; 0 for one that is free. */
  port: number;
}

/**
 * Creates a socket and binds it: nothing else can be bound there until it is closed. It listens to
 * nothing. One of IPv6 does not stand for IPv4.
 *
 * @param to Where to.
 * @param ignoreClosing Whether ports may be had whose last connections are still being closed
 * (SO_REUSEADDR). Nothing else can listen there even then.
 * @returns The descriptor, closed on exec, and the port.
 * @throws {SyscallError} A call failed; `EADDRINUSE`: something else is bound there;
 * `EADDRNOTAVAIL`: this host does not have the address.
 */
export function bindSocket(
  { address, port, protocol }: SocketAddress,
  ignoreClosing: boolean = false,
): { fd: number; port: number } {
  const { addressOffset, family, size } = address.length === IPV4_BYTES ? IPV4 : IPV6;
  const { number, type } = TransportProtocol[protocol];
  const fd = check(socket_(family, type | SOCK_CLOEXEC, number), "socket", protocol);
  try {
    if (family === AF_INET6) setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (ignoreClosing) setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    const bytes = new Uint8Array(size);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, family, true);
    view.setUint16(PORT_OFFSET, port);
    bytes.set(address, addressOffset);
    check(bind_(fd, bytes, size), "bind", `${protocol} port ${port}`);
    // Set, it would let others that set it too listen there.
    if (ignoreClosing) setOption(fd, SOL_SOCKET, SO_REUSEADDR, 0);
    check(getsockname_(fd, bytes, new Uint32Array([size])), "getsockname", `descriptor ${fd}`);
    return { fd, port: view.getUint16(PORT_OFFSET) };
  } catch (error) {
    close(fd);
    throw error;
  }
}

function setOption(fd: number, level: number, option: number, value: number): void {
  const bytes = new Int32Array([value]);
  check(setsockopt_(fd, level, option, bytes, 4), "setsockopt", `option ${option}`);
}
