/**
 * Which back-end of iptables to use.
 *
 * A host may have two: the tables of old (`legacy`) and those of nftables (`nft`). What one accepts
 * the other may still drop, so ours belong where the host's own rules are.
 *
 * @module
 */

import { parseSavedRules } from "./rules_text.ts";
import type { Family } from "../address.ts";
import { type Backend, type ProgramResult, programsMissing, saveRules } from "./tables_program.ts";

/** What was found of a back-end. */
interface Found {
  backend: Backend;
  /** How many rules the host has in it. */
  rules: number;
  result: ProgramResult;
}

/**
 * Lists the back-ends that work here, the one to prefer first: the one that holds more of the host's
 * rules; nftables' where both hold as many, as it is what systems use by themselves nowadays.
 *
 * @param family The version of IP.
 * @param own Tells whether a chain is of this program, of whichever instance.
 * @returns The back-ends; at least one.
 * @throws {EngineError} `unavailable`: the programs are not installed, or the kernel has no tables.
 */
export async function workingBackends(
  family: Family,
  own: (chain: string) => boolean,
): Promise<Backend[]> {
  const named = await Promise.all([probe("nft", family, own), probe("legacy", family, own)]);
  const found = named.filter((one) => one !== undefined);
  if (found.length === 0) {
    const one = await probe("default", family, own);
    if (one) found.push(one);
  }
  if (found.length === 0) throw programsMissing(family);
  const working = found.filter(({ result }) => result.success);
  // Where none can even tell its rules, changing them fails, and says why.
  const candidates = working.length > 0 ? working : found;
  return candidates.sort((a, b) => b.rules - a.rules).map(({ backend }) => backend);
}

async function probe(
  backend: Backend,
  family: Family,
  own: (chain: string) => boolean,
): Promise<Found | undefined> {
  const result = await saveRules(backend, family);
  if (!result) return undefined;
  let rules = 0;
  for (const chains of parseSavedRules(result.output).tables.values()) {
    for (const [chain, list] of chains) {
      if (!own(chain)) rules += list.filter((rule) => !rule.split(" ").some(own)).length;
    }
  }
  return { backend, rules, result };
}
