/**
 * Comparing the rules that a host has with those it should have.
 *
 * @module
 */

import type { Chain } from "./chain_rules.ts";
import type { Hook } from "./chains.ts";
import { missingHooks, type SavedRules, staleHooks } from "./rules_text.ts";

/** How an instance's rules differ from those it should have; each as `TABLE: CHAIN RULE`. */
export interface FirewallDifference {
  /** Rules that should be there and are not. */
  missing: string[];
  /** Rules that are there and should not be. */
  stray: string[];
}

/**
 * Compares rules.
 *
 * @param saved The host's.
 * @param chains The instance's chains, as they should be.
 * @param hooks The hooks that should exist.
 * @param own The names of all chains of the instance.
 * @returns The difference.
 */
export function ruleDifference(
  saved: SavedRules,
  chains: readonly Chain[],
  hooks: readonly Hook[],
  own: readonly string[],
): FirewallDifference {
  const missing = missingHooks(hooks, saved)
    .map(({ chain, rule, table }) => `${table}: ${chain} ${rule}`);
  for (const { name, rules, table } of chains) {
    const found = saved.tables.get(table)?.get(name) ?? [];
    missing.push(...without(rules, found).map((rule) => `${table}: ${name} ${rule}`));
  }
  const stray = [...saved.tables].flatMap(([table, found]) =>
    own.flatMap((name) => {
      const wanted = chains.find((chain) => chain.table === table && chain.name === name);
      return without(found.get(name) ?? [], wanted?.rules ?? [])
        .map((rule) => `${table}: ${name} ${rule}`);
    })
  );
  const hooked = staleHooks(hooks, saved).map(({ chain, rule, table }) =>
    `${table}: ${chain} ${rule}`
  );
  return { missing, stray: [...hooked, ...stray] };
}

/** What is in one list and not in another, as often as it is. */
function without(list: readonly string[], other: readonly string[]): string[] {
  const rest = [...other];
  return list.filter((one) => {
    const at = rest.indexOf(one);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}
