/**
 * Asking the kernel through netlink (netlink(7)).
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { check, SyscallError } from "./error.ts";
import { close } from "./fd.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const NLM_F_DUMP = 0x300;
// struct nlmsghdr: length, type, flags, sequence number, port id (linux/netlink.h).
const HEADER_SIZE = 16;
const NLA_HEADER_SIZE = 4;
const NLA_F_NESTED = 0x8000;
const NLA_TYPE_MASK = 0x3fff;
const BUFFER_SIZE = 1 << 16;

/** Families of netlink (linux/netlink.h). */
export const NetlinkFamily = { NETFILTER: 12 } as const;

// int socket(int domain, int type, int protocol);                                      socket(2)
const socket_ = libc("socket", { parameters: ["i32", "i32", "i32"], result: "i32" });
// ssize_t send(int sockfd, const void *buf, size_t len, int flags);                       send(2)
const send_ = libc("send", { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" });
// ssize_t recv(int sockfd, void *buf, size_t len, int flags);                             recv(2)
const recv_ = libc("recv", { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" });

/** A question to the kernel. */
export interface NetlinkRequest {
  /** One of {@linkcode NetlinkFamily}. */
  family: number;
  /** The message's type. */
  type: number;
  /** Whether a list is asked for. */
  isDump: boolean;
  /** What follows the header, a multiple of 4 bytes. */
  payload: Uint8Array;
}

/**
 * Asks the kernel, which answers at once.
 *
 * @param request The question.
 * @returns What follows the header of each message of the answer, but for the acknowledgement.
 * @throws {SyscallError} A call failed, or the kernel refused.
 */
export function askKernel({ family, isDump, payload, type }: NetlinkRequest): Uint8Array[] {
  const message = new Uint8Array(HEADER_SIZE + payload.length);
  const view = new DataView(message.buffer);
  view.setUint32(0, message.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, NLM_F_REQUEST | (isDump ? NLM_F_DUMP : NLM_F_ACK), true);
  message.set(payload, HEADER_SIZE);
  const fd = check(socket_(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, family), "socket", "AF_NETLINK");
  try {
    check(Number(send_(fd, message, BigInt(message.length), 0)), "send", "netlink");
    return receive(fd);
  } finally {
    close(fd);
  }
}

function receive(fd: number): Uint8Array[] {
  const answer: Uint8Array[] = [];
  const buffer = new Uint8Array(BUFFER_SIZE);
  while (true) {
    const size = check(Number(recv_(fd, buffer, BigInt(buffer.length), 0)), "recv", "netlink");
    const view = new DataView(buffer.buffer, 0, size);
    for (let at = 0; at + HEADER_SIZE <= size;) {
      const length = view.getUint32(at, true);
      const type = view.getUint16(at + 4, true);
      if (type === NLMSG_DONE) return answer;
      if (type === NLMSG_ERROR) {
        const number = -view.getInt32(at + HEADER_SIZE, true);
        if (number === 0) return answer;
        throw new SyscallError("netlink", "request", number);
      }
      answer.push(buffer.slice(at + HEADER_SIZE, at + length));
      at += padded(length);
    }
  }
}

/**
 * Writes an attribute.
 *
 * @param type Its type.
 * @param value Its value, or the attributes nested in it.
 * @returns The attribute, padded.
 */
export function netlinkAttribute(type: number, value: Uint8Array | Uint8Array[]): Uint8Array {
  const isNested = Array.isArray(value);
  const bytes = isNested ? concatenate(value) : value;
  const attribute = new Uint8Array(padded(NLA_HEADER_SIZE + bytes.length));
  const view = new DataView(attribute.buffer);
  view.setUint16(0, NLA_HEADER_SIZE + bytes.length, true);
  view.setUint16(2, isNested ? type | NLA_F_NESTED : type, true);
  attribute.set(bytes, NLA_HEADER_SIZE);
  return attribute;
}

/**
 * Reads attributes.
 *
 * @param bytes Attributes one after another.
 * @returns Their values by type.
 */
export function parseNetlinkAttributes(bytes: Uint8Array): Map<number, Uint8Array> {
  const attributes = new Map<number, Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + NLA_HEADER_SIZE <= bytes.length;) {
    const length = view.getUint16(at, true);
    if (length < NLA_HEADER_SIZE) break;
    const type = view.getUint16(at + 2, true) & NLA_TYPE_MASK;
    attributes.set(type, bytes.subarray(at + NLA_HEADER_SIZE, at + length));
    at += padded(length);
  }
  return attributes;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
