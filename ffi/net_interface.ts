/**
 * Network interfaces (netdevice(7)).
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { check } from "./error.ts";
import { close } from "./fd.ts";

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SIOCGIFFLAGS = 0x8913n;
const SIOCSIFFLAGS = 0x8914n;
const IFF_UP = 1;
// struct ifreq: char ifr_name[16], then a union; 40 bytes (linux/if.h).
const IFREQ_SIZE = 40;
const IFREQ_FLAGS_OFFSET = 16;

// int socket(int domain, int type, int protocol);                                      socket(2)
const socket_ = libc("socket", { parameters: ["i32", "i32", "i32"], result: "i32" });
// int ioctl(int fd, unsigned long request, void *argp);                                 ioctl(2)
const ioctl_ = libc("ioctl", { parameters: ["i32", "usize", "buffer"], result: "i32" });

/**
 * Switches an interface of the calling thread's network namespace on (SIOCSIFFLAGS).
 *
 * @param name The interface, such as `lo`.
 * @throws {SyscallError} The call failed.
 */
export function setInterfaceUp(name: string): void {
  const socket = check(socket_(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket", "AF_INET");
  try {
    const request = new Uint8Array(IFREQ_SIZE);
    new TextEncoder().encodeInto(name, request.subarray(0, IFREQ_FLAGS_OFFSET - 1));
    check(ioctl_(socket, SIOCGIFFLAGS, request), "ioctl", `SIOCGIFFLAGS ${name}`);
    const view = new DataView(request.buffer);
    const flags = view.getUint16(IFREQ_FLAGS_OFFSET, true);
    view.setUint16(IFREQ_FLAGS_OFFSET, flags | IFF_UP, true);
    check(ioctl_(socket, SIOCSIFFLAGS, request), "ioctl", `SIOCSIFFLAGS ${name}`);
  } finally {
    close(socket);
  }
}
