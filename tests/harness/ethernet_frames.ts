/**
 * Frames of neighbours who lie, and programs that send them: static executables of some hundred bytes.
 *
 * @module
 */

import { encodeProgram } from "../../ffi/mod.ts";
import { ARCHITECTURES, SYSTEM_CALLS } from "../../lib/seccomp/system_calls.ts";

// linux/socket.h, linux/if_ether.h
const AF_PACKET = 17;
const SOCK_RAW = 3;
const ETHERTYPE = { ARP: 0x0806, IPV6: 0x86dd };
const NEXT_HEADER_ICMPV6 = 58;
// RFC 4861: a router advertisement, a neighbour advertisement.
const ICMPV6 = { ROUTER: 134, NEIGHBOUR: 136 };
const COLUMN = ARCHITECTURES.indexOf(Deno.build.arch);

/** The hardware address that lies claim to have. */
export const LIAR_MAC = "02:ba:d0:ba:d0:00";
/** The router that {@linkcode routerAdvertisement} is from. */
export const LIAR_ROUTER = "fe80::bad";
/** The prefix that it gives out. */
export const LIAR_PREFIX = "2001:db8:bad::";

/**
 * Makes a program that sends a frame.
 *
 * @param frame The frame, from its destination on.
 * @param interfaceIndex The interface, by `/sys/class/net/NAME/ifindex`.
 * @returns An executable file; it ends with 0 once the frame is sent. It takes its descriptors 0 to 2
 * to be open, and no others.
 */
export function sendingProgram(
  frame: Uint8Array<ArrayBuffer>,
  interfaceIndex: number,
): Uint8Array<ArrayBuffer> {
  // struct sockaddr_ll (packet(7)): family, protocol, index, and nothing that SOCK_RAW looks at.
  const address = new Uint8Array(20);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setInt32(4, interfaceIndex, true);
  const call = (name: string) => `#${SYSTEM_CALLS[name]![COLUMN]!}` as const;
  return encodeProgram({
    before: [{ name: call("socket"), args: [AF_PACKET, SOCK_RAW, 0] }],
    fork: { name: call("sendto"), args: [3, frame, frame.length, 0, address, address.length] },
    child: [{ name: "exit_group", args: [0] }],
  }, 1).bytes;
}

/**
 * Makes a router advertisement to all nodes: a default route through {@linkcode LIAR_ROUTER}, and
 * {@linkcode LIAR_PREFIX} (RFC 4861, 4.2).
 *
 * @returns The frame.
 */
export function routerAdvertisement(): Uint8Array<ArrayBuffer> {
  const lifetimeSeconds = 1800;
  const header = [ICMPV6.ROUTER, 0, 0, 0, 64, 0, ...uint16(lifetimeSeconds), ...zeros(8)];
  const sourceLinkAddress = [1, 1, ...mac(LIAR_MAC)];
  const onLinkAndAutonomous = 0xc0;
  const forever = [0xff, 0xff, 0xff, 0xff];
  const prefix = [
    ...[3, 4, 64, onLinkAndAutonomous, ...forever, ...forever, ...zeros(4)],
    ...ipv6(LIAR_PREFIX),
  ];
  return icmpv6Frame([...header, ...sourceLinkAddress, ...prefix]);
}

/**
 * Makes a neighbour advertisement to all nodes that overrides what they know (RFC 4861, 4.4).
 *
 * @param address The address that it claims for {@linkcode LIAR_MAC}.
 * @returns The frame.
 */
export function neighbourAdvertisement(address: string): Uint8Array<ArrayBuffer> {
  const override = 0x20;
  const header = [ICMPV6.NEIGHBOUR, 0, 0, 0, override, 0, 0, 0];
  return icmpv6Frame([...header, ...ipv6(address), 2, 1, ...mac(LIAR_MAC)]);
}

/**
 * Makes an ARP answer to everybody that nobody has asked for (RFC 826).
 *
 * @param address The IPv4 address that it claims for {@linkcode LIAR_MAC}.
 * @returns The frame.
 */
export function arpAnswer(address: string): Uint8Array<ArrayBuffer> {
  const everybody = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
  const bytes = address.split(".").map(Number);
  const ethernetIpv4Answer = [0, 1, 8, 0, 6, 4, 0, 2];
  return Uint8Array.of(
    ...[...everybody, ...mac(LIAR_MAC), ...uint16(ETHERTYPE.ARP), ...ethernetIpv4Answer],
    ...[...mac(LIAR_MAC), ...bytes, ...everybody, ...bytes],
  );
}

/** From {@linkcode LIAR_ROUTER} to all nodes of the link, which hop limit 255 proves it to be on. */
function icmpv6Frame(message: number[]): Uint8Array<ArrayBuffer> {
  const addresses = [...ipv6(LIAR_ROUTER), ...ipv6("ff02::1")];
  const pseudoHeader = [...addresses, 0, 0, ...uint16(message.length), 0, 0, 0, NEXT_HEADER_ICMPV6];
  const checked = message.with(2, 0).with(3, 0);
  const [high, low] = uint16(checksum([...pseudoHeader, ...checked]));
  return Uint8Array.of(
    ...[0x33, 0x33, 0, 0, 0, 1, ...mac(LIAR_MAC), ...uint16(ETHERTYPE.IPV6)],
    ...[0x60, 0, 0, 0, ...uint16(message.length), NEXT_HEADER_ICMPV6, 255, ...addresses],
    ...checked.with(2, high!).with(3, low!),
  );
}

/** RFC 1071. */
function checksum(bytes: number[]): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes[at]! << 8 | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function uint16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}

function mac(text: string): number[] {
  return text.split(":").map((byte) => parseInt(byte, 16));
}

/** Of an address with one `::` at most. */
function ipv6(text: string): number[] {
  const [left, right] = text.split("::").map((half) => half === "" ? [] : half.split(":"));
  const missing = right === undefined ? 0 : 8 - left!.length - right.length;
  const groups = [...left!, ...Array.from({ length: missing }, () => "0"), ...right ?? []];
  return groups.flatMap((group) => uint16(parseInt(group, 16)));
}
