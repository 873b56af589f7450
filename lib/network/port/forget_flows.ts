/**
 * Making the kernel forget where datagrams of published ports went before.
 *
 * The kernel decides once for a flow where it is sent, and remembers for as long as it goes on. A
 * client that keeps on sending to a port while no container has it, or another one, would never get
 * to the one that is started. Connections of TCP end with their container; flows of UDP do not.
 *
 * @module
 */

import {
  askKernel,
  Errno,
  isErrno,
  netlinkAttribute,
  NetlinkFamily,
  parseNetlinkAttributes,
} from "../../../ffi/mod.ts";
import { formatAddress } from "../address.ts";
import { familyOf } from "../address.ts";
import type { PortForward } from "./port_forward.ts";

// linux/netfilter/nfnetlink.h and nfnetlink_conntrack.h.
const IPCTNL_MSG_CT_GET = 0x101;
const IPCTNL_MSG_CT_DELETE = 0x102;
const NFGENMSG_SIZE = 4;
const CTA_TUPLE_ORIG = 1;
const CTA_FILTER = 25;
const CTA_TUPLE_IP = 1;
const CTA_TUPLE_PROTO = 2;
const CTA_IP_V4_DST = 2;
const CTA_IP_V6_DST = 4;
const CTA_PROTO_NUM = 1;
const CTA_PROTO_DST_PORT = 3;
const CTA_FILTER_ORIG_FLAGS = 1;
const CTA_FILTER_REPLY_FLAGS = 2;
// Bits of the kernel's own, one a field of a tuple: of those two (net/netfilter/nf_internals.h).
const FILTER_PROTO_NUM_AND_DST_PORT = (1 << 3) | (1 << 5);

const AF_INET = 2;
const AF_INET6 = 10;
const IPPROTO_UDP = 17;

/**
 * Forgets the flows to ports of UDP that have begun so far.
 *
 * @param forwards Published ports; those of other protocols are left alone.
 * @throws {SyscallError} The kernel refused.
 */
export function forgetFlows(forwards: readonly PortForward[]): void {
  const datagrams = forwards.filter(({ protocol }) => protocol === "udp");
  if (datagrams.length === 0) return;
  const local = Deno.networkInterfaces().map(({ address }) => address);
  for (const { hostAddress, hostPort } of datagrams) {
    const isAny = hostAddress === "0.0.0.0" || hostAddress === "::";
    const family = familyOf(hostAddress) === 4 ? AF_INET : AF_INET6;
    for (const tuple of flowsTo(hostPort, family)) {
      const address = destination(tuple);
      if (isAny ? local.includes(address) || address.startsWith("127.") : address === hostAddress) {
        forget(tuple, family);
      }
    }
  }
}

/** The original directions of flows of UDP to a port. */
function flowsTo(port: number, family: number): Uint8Array[] {
  const answer = askKernel({
    family: NetlinkFamily.NETFILTER,
    type: IPCTNL_MSG_CT_GET,
    isDump: true,
    payload: message(family, [
      netlinkAttribute(CTA_TUPLE_ORIG, [
        netlinkAttribute(CTA_TUPLE_PROTO, [
          netlinkAttribute(CTA_PROTO_NUM, Uint8Array.of(IPPROTO_UDP)),
          netlinkAttribute(CTA_PROTO_DST_PORT, Uint8Array.of(port >> 8, port & 0xff)),
        ]),
      ]),
      netlinkAttribute(CTA_FILTER, [
        netlinkAttribute(CTA_FILTER_ORIG_FLAGS, word(FILTER_PROTO_NUM_AND_DST_PORT)),
        netlinkAttribute(CTA_FILTER_REPLY_FLAGS, word(0)),
      ]),
    ]),
  });
  return answer
    .map((bytes) => parseNetlinkAttributes(bytes.subarray(NFGENMSG_SIZE)).get(CTA_TUPLE_ORIG))
    .filter((tuple) => tuple !== undefined);
}

function destination(tuple: Uint8Array): string {
  const ip = parseNetlinkAttributes(parseNetlinkAttributes(tuple).get(CTA_TUPLE_IP)!);
  const bytes = ip.get(CTA_IP_V4_DST) ?? ip.get(CTA_IP_V6_DST)!;
  const value = bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
  return formatAddress({ family: bytes.length === 4 ? 4 : 6, value });
}

function forget(tuple: Uint8Array, family: number): void {
  const attributes = [...parseNetlinkAttributes(tuple)].map(([type, value]) =>
    netlinkAttribute(type, nested(value))
  );
  try {
    askKernel({
      family: NetlinkFamily.NETFILTER,
      type: IPCTNL_MSG_CT_DELETE,
      isDump: false,
      payload: message(family, [netlinkAttribute(CTA_TUPLE_ORIG, attributes)]),
    });
  } catch (error) {
    // It has ended by itself meanwhile.
    if (!isErrno(error, Errno.ENOENT)) throw error;
  }
}

/** A tuple's parts hold attributes in turn. */
function nested(bytes: Uint8Array): Uint8Array[] {
  return [...parseNetlinkAttributes(bytes)].map(([type, value]) => netlinkAttribute(type, value));
}

function message(family: number, attributes: readonly Uint8Array[]): Uint8Array {
  // struct nfgenmsg: family, version, resource.
  return new Uint8Array([family, 0, 0, 0, ...attributes.flatMap((bytes) => [...bytes])]);
}

function word(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}
