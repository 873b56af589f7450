/**
 * What is remembered of an instance's rules until the next reboot.
 *
 * @module
 */

import { removeIfPresent } from "../../if_present.ts";
import type { Roots } from "../../state/mod.ts";
import type { Family } from "../address.ts";
import type { Backend } from "./tables_program.ts";

/** What is remembered; it only saves looking, and may be lost. */
export interface FirewallNote {
  /** Which back-end holds the rules of each version of IP that has any. */
  backends: Partial<Record<Family, Backend>>;
  /** The bridges that firewalld was told to trust, or would have been if it ran. */
  trusted: string[];
  /** The tables that did not exist before; of no use to anyone where nothing else is in them. */
  created: Partial<Record<Family, string[]>>;
}

/**
 * Reads what is remembered.
 *
 * @param roots The instance's.
 * @returns It, or nothing.
 */
export function readNote(roots: Roots): FirewallNote | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(notePath(roots)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Remembers.
 *
 * @param roots The instance's.
 * @param note What; nothing to forget.
 */
export function writeNote(roots: Roots, note: FirewallNote | undefined): void {
  const path = notePath(roots);
  if (note) {
    Deno.writeTextFileSync(`${path}.new`, JSON.stringify(note), { mode: 0o600 });
    Deno.renameSync(`${path}.new`, path);
    return;
  }
  removeIfPresent(path);
}

function notePath(roots: Roots): string {
  return `${roots.run}/firewall.json`;
}
