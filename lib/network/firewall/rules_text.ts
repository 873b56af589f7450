/**
 * The input of `iptables-restore` and the output of `iptables-save`.
 *
 * @module
 */

import type { Chain } from "./chain_rules.ts";
import { type Hook, type Table, TABLES } from "./chains.ts";

/** The rules of a host. */
export interface SavedRules {
  /** The chains of each table, by name; empty chains among them. */
  tables: Map<string, Map<string, string[]>>;
}

/**
 * Reads the output of `iptables-save`.
 *
 * @param text The output.
 * @returns The rules in order, without the name of their chain.
 */
export function parseSavedRules(text: string): SavedRules {
  const tables: SavedRules["tables"] = new Map();
  let chains = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    if (line.startsWith("*")) tables.set(line.slice(1), chains = new Map());
    else if (line.startsWith(":")) chains.set(line.slice(1, line.indexOf(" ")), []);
    else if (line.startsWith("-A ")) {
      const end = line.indexOf(" ", 3);
      chains.get(line.slice(3, end))?.push(line.slice(end + 1).replaceAll('"', ""));
    }
  }
  return { tables };
}

/**
 * Writes what fills an instance's chains, whatever they held, and hooks them in.
 *
 * Each table changes at once or not at all.
 *
 * @param chains The chains.
 * @param hooks The hooks that have to exist.
 * @param missing Those of them that do not, and are to be made; where absent, the whole is refused by
 * `iptables-restore` if one is missing.
 * @param stale Hooks that are there and are to go.
 * @returns Input of `iptables-restore --noflush`.
 */
export function restoreText(
  chains: readonly Chain[],
  hooks: readonly Hook[],
  missing?: readonly Hook[],
  stale: readonly FoundHook[] = [],
): string {
  return tablesText((table) => {
    const ofTable = <T extends { table: string }>(list: readonly T[]) =>
      list.filter((one) => one.table === table);
    const own = ofTable(chains);
    return [
      ...own.map(({ name }) => `:${name} - [0:0]`),
      ...ofTable(missing ?? hooks).map(missing === undefined ? checkText : hookText),
      ...ofTable(stale).map(({ chain, rule }) => `-D ${chain} ${rule}`),
      ...own.flatMap(({ name, rules }) => rules.map((rule) => `-A ${name} ${rule}`)),
    ];
  });
}

function checkText({ chain, rule }: Hook): string {
  return `-C ${chain} ${rule}`;
}

function hookText({ chain, isFirst, rule }: Hook): string {
  return isFirst ? `-I ${chain} 1 ${rule}` : `-A ${chain} ${rule}`;
}

/**
 * Finds the hooks that a host lacks.
 *
 * @param hooks The hooks that have to exist.
 * @param saved The host's rules.
 * @returns Those that do not.
 */
export function missingHooks(hooks: readonly Hook[], saved: SavedRules): Hook[] {
  return hooks.filter(({ chain, rule, table }) =>
    !saved.tables.get(table)?.get(chain)?.includes(rule)
  );
}

/** A rule in one of the host's own chains that leads into one of ours, as it was found. */
export interface FoundHook {
  /** The table. */
  table: string;
  /** The host's chain. */
  chain: string;
  /** The rule, without the chain. */
  rule: string;
}

/**
 * Finds hooks that should not be: another version of this program made them otherwise, or somebody has
 * made one a second time.
 *
 * @param hooks The hooks that have to exist.
 * @param saved The host's rules.
 * @returns The others that lead into the same chains.
 */
export function staleHooks(hooks: readonly Hook[], saved: SavedRules): FoundHook[] {
  const own = [...new Set(hooks.map(({ target }) => target))];
  return [...saved.tables].flatMap(([table, chains]) => {
    const wanted = hooks.filter((hook) => hook.table === table);
    return hooksInto(own, chains).filter(([chain, rule]) => {
      // Ours never had any.
      if (rule.includes("--comment")) return false;
      const at = wanted.findIndex((hook) => hook.chain === chain && hook.rule === rule);
      if (at >= 0) wanted.splice(at, 1);
      return at < 0;
    }).map(([chain, rule]) => ({ table, chain, rule }));
  });
}

/**
 * Writes what takes an instance's chains and hooks away.
 *
 * @param names The chains' names.
 * @param saved The host's rules.
 * @returns Input of `iptables-restore --noflush`; empty where there is nothing to take away.
 */
export function removalText(names: readonly string[], saved: SavedRules): string {
  return tablesText((table) => {
    const chains = saved.tables.get(table) ?? new Map<string, string[]>();
    const own = names.filter((name) => chains.has(name));
    return [
      ...hooksInto(own, chains).map(([chain, rule]) => `-D ${chain} ${rule}`),
      ...own.map((name) => `-F ${name}`),
      ...own.map((name) => `-X ${name}`),
    ];
  });
}

function hooksInto(
  own: readonly string[],
  chains: ReadonlyMap<string, readonly string[]>,
): [chain: string, rule: string][] {
  return [...chains].filter(([chain]) => !own.includes(chain)).flatMap(([chain, rules]) =>
    rules.filter((rule) => own.some((name) => rule.split(" ").includes(name)))
      .map((rule): [string, string] => [chain, rule])
  );
}

function tablesText(lines: (table: Table) => string[]): string {
  return TABLES.map((table) => {
    const body = lines(table);
    return body.length === 0 ? "" : [`*${table}`, ...body, "COMMIT", ""].join("\n");
  }).join("");
}
