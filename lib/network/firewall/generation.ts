/**
 * Telling whether anybody has changed the rules of nftables.
 *
 * @module
 */

import {
  askKernel,
  NetlinkFamily,
  parseNetlinkAttributes,
  SyscallError,
} from "../../../ffi/mod.ts";

// linux/netfilter/nfnetlink.h, linux/netfilter/nf_tables.h
const NFNL_SUBSYS_NFTABLES = 10;
const NFT_MSG_GETGEN = 16;
const NFTA_GEN_ID = 1;
// struct nfgenmsg: family, version, resource.
const HEADER_SIZE = 4;

/**
 * Reads the number of the rules' generation: each change of any rule, whoever makes it, counts it up by
 * one, and so does each of the tables that `iptables-restore` commits.
 *
 * @returns The number, of 32 bits; nothing where the kernel has no nftables.
 */
export function rulesGeneration(): number | undefined {
  let answer: Uint8Array | undefined;
  try {
    [answer] = askKernel({
      family: NetlinkFamily.NETFILTER,
      type: (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETGEN,
      isDump: false,
      payload: new Uint8Array(HEADER_SIZE),
    });
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
  const id = answer && parseNetlinkAttributes(answer.subarray(HEADER_SIZE)).get(NFTA_GEN_ID);
  // In the order of bytes of networks.
  return id && new DataView(id.buffer, id.byteOffset).getUint32(0);
}
