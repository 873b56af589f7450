/**
 * Tables that came into being with our rules.
 *
 * The kernel's list of tables grows with the first rule in each, and iptables(8) has no way to remove
 * a table again; nft(8) has one for those of nftables.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { runCommand } from "../program.ts";
import type { SavedRules } from "./rules_text.ts";
import type { Family } from "../address.ts";

/**
 * Removes tables with nothing in them.
 *
 * @param family The version of IP.
 * @param saved The host's rules.
 * @param created The tables that did not exist before ours did.
 */
export async function removeEmptyTables(
  family: Family,
  saved: SavedRules,
  created: readonly string[],
): Promise<void> {
  const kind = family === 4 ? "ip" : "ip6";
  for (const table of created) {
    const chains = [...saved.tables.get(table) ?? []];
    if (chains.length === 0 || chains.some(([, rules]) => rules.length > 0)) continue;
    const lines = [
      // What iptables-save lists need not be there.
      ...chains.map(([chain]) => `add chain ${kind} ${table} ${chain}`),
      // Refused, and with it all of this, where somebody has added a rule meanwhile.
      ...chains.map(([chain]) => `delete chain ${kind} ${table} ${chain}`),
      `delete table ${kind} ${table}`,
    ];
    // Where there is no nft, or it refuses, an empty table stays and does nothing.
    await runCommand({ name: "nft", args: ["-f", "-"], input: `${lines.join("\n")}\n` })
      .catch(ignoreMissingProgram);
  }
}

function ignoreMissingProgram(error: unknown): void {
  if (!(error instanceof EngineError && error.kind === "unavailable")) throw error;
}
