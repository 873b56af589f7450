/**
 * An instance's part of the host's firewall.
 *
 * The rules are written as a whole from what is to be let through, each time: so nothing that was
 * lost, by `iptables -F` or a reboot, stays lost, and nothing stays that a process which was killed
 * did not get to remove.
 *
 * @module
 */

import { close, flock, FlockOperation, open, OpenFlag } from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";
import { createRun, type Roots } from "../../state/mod.ts";
import { chainRules } from "./chain_rules.ts";
import { type ChainNames, chainNames, hooks } from "./chains.ts";
import { workingBackends } from "./choose_backend.ts";
import { type FirewallDifference, ruleDifference } from "./difference.ts";
import { trustBridges, untrustBridges } from "./firewalld.ts";
import { removeEmptyTables } from "./empty_tables.ts";
import { switchForwardingOn } from "./forwarding.ts";
import { rulesGeneration } from "./generation.ts";
import { type FirewallNote, readNote, writeNote } from "./note.ts";
import {
  missingHooks,
  parseSavedRules,
  removalText,
  restoreText,
  staleHooks,
} from "./rules_text.ts";
import { type Family, familyOf } from "../address.ts";
import type { FirewallState } from "./state.ts";
import { type Backend, programsMissing, restoreRules, saveRules } from "./tables_program.ts";

const FAMILIES: readonly Family[] = [4, 6];
const BACKENDS: readonly Backend[] = ["nft", "legacy", "default"];
const NOTHING: FirewallState = { networks: [], forwards: [] };

/** An instance's part of the host's firewall. */
export class Firewall {
  readonly #roots: Roots;
  readonly #names: ChainNames;
  readonly #read: () => FirewallState;
  #current: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  /** What was written last, while it is known that it is still there. */
  #inForce: { state: string; generation: number } | undefined;

  /**
   * Refers to the rules; nothing is touched yet.
   *
   * @param roots The instance's.
   * @param read Tells what is to be let through now.
   */
  constructor(roots: Roots, read: () => FirewallState) {
    this.#roots = roots;
    this.#names = chainNames(roots.instance);
    this.#read = read;
  }

  /**
   * Makes the rules let through what is to be let through, and nothing else.
   *
   * Many calls at once cost little more than one: those that wait are done together.
   *
   * @throws {EngineError} `unavailable`: iptables is missing or does not work here.
   */
  sync(): Promise<void> {
    // What is under way may have read the state before the caller's change of it.
    this.#next ??= this.#current.catch(() => {}).then(() => {
      this.#next = undefined;
      this.#current = this.#alone(() => this.#write(this.#read()));
      return this.#current;
    });
    return this.#next;
  }

  /**
   * Takes all rules of the instance away, from every back-end.
   *
   * @throws {EngineError} `system`: that failed.
   */
  async remove(): Promise<void> {
    await this.#alone(async () => {
      const note = readNote(this.#roots);
      for (const family of FAMILIES) {
        for (const backend of BACKENDS) {
          await this.#removeFrom(backend, family, note?.created[family]);
        }
      }
      await untrustBridges(note?.trusted ?? []);
      writeNote(this.#roots, undefined);
    });
  }

  /**
   * Compares the rules with what is to be let through; changes nothing.
   *
   * @returns What is there and should not be, and what should be there and is not.
   */
  async difference(): Promise<FirewallDifference> {
    const state = this.#read();
    const note = readNote(this.#roots);
    const all = await Promise.all(FAMILIES.map(async (family) => {
      const wanted = isNeeded(state, family) ? state : NOTHING;
      const backend = note?.backends[family] ?? "default";
      const saved = parseSavedRules((await saveRules(backend, family))?.output ?? "");
      const isWanted = wanted !== NOTHING;
      return ruleDifference(
        saved,
        isWanted ? chainRules(state, this.#names, family) : [],
        isWanted ? hooks(this.#names, family) : [],
        Object.values(this.#names),
      );
    }));
    return {
      missing: all.flatMap(({ missing }) => missing),
      stray: all.flatMap(({ stray }) => stray),
    };
  }

  /** One process of the instance at a time reads the state and writes the rules. */
  async #alone(body: () => Promise<void>): Promise<void> {
    createRun(this.#roots.run);
    const lock = open(`${this.#roots.run}/firewall.lock`, OpenFlag.RDWR | OpenFlag.CREAT, 0o600);
    try {
      await flock(lock, FlockOperation.EXCLUSIVE);
      await body();
    } finally {
      close(lock);
    }
  }

  /** Rules that nobody has touched since they were written are not written again: it takes 10 ms. */
  async #write(state: FirewallState): Promise<void> {
    const text = JSON.stringify(state);
    const generation = rulesGeneration();
    if (this.#inForce?.state === text && this.#inForce.generation === generation) {
      for (const family of FAMILIES) if (isNeeded(state, family)) switchForwardingOn(family);
      return;
    }
    this.#inForce = undefined;
    const commits = await this.#renew(state);
    if (generation === undefined || commits === undefined) return;
    // Anything else in between may have been anything.
    const after = (generation + commits) >>> 0;
    if (rulesGeneration() === after) this.#inForce = { state: text, generation: after };
  }

  /** Gives how often nftables' rules were changed by that; nothing where more than usual was done. */
  async #renew(state: FirewallState): Promise<number | undefined> {
    const before = readNote(this.#roots);
    const note: FirewallNote = {
      backends: { ...before?.backends },
      trusted: before?.trusted ?? [],
      created: { ...before?.created },
    };
    let isRepaired = false;
    let commits: number | undefined = 0;
    for (const family of FAMILIES) {
      const known = before?.backends[family];
      if (!isNeeded(state, family)) {
        if (known) await this.#removeFrom(known, family, before.created[family]);
        delete note.backends[family];
        delete note.created[family];
        continue;
      }
      const tables = known && await this.#refill(known, family, state);
      const isQuick = tables !== undefined;
      isRepaired ||= !isQuick;
      // What the other back-end does, nobody counts.
      commits = isQuick && known === "nft" && commits !== undefined ? commits + tables : undefined;
      note.backends[family] = isQuick ? known! : await this.#install(family, state, note);
      // Not before the rules that keep apart what is to be kept apart.
      switchForwardingOn(family);
    }
    note.trusted = await trustBridges(state, note.trusted, isRepaired);
    if (JSON.stringify(note) === JSON.stringify(before)) return commits;
    writeNote(this.#roots, note);
    return undefined;
  }

  /** The usual case: all hooks are there. Gives the number of tables that were written, then. */
  async #refill(
    backend: Backend,
    family: Family,
    state: FirewallState,
  ): Promise<number | undefined> {
    const chains = chainRules(state, this.#names, family);
    const text = restoreText(chains, hooks(this.#names, family));
    const isDone = (await restoreRules(backend, family, text))?.success;
    return isDone ? text.match(/^COMMIT$/gm)?.length : undefined;
  }

  /** The case of a first time, and of rules that somebody else has taken away. */
  async #install(family: Family, state: FirewallState, note: FirewallNote): Promise<Backend> {
    const known = note.backends[family];
    const candidates = await workingBackends(family, (chain) => /^TSD-/.test(chain));
    const chains = chainRules(state, this.#names, family);
    const wanted = hooks(this.#names, family);
    let reason = "";
    for (const backend of candidates) {
      const saved = parseSavedRules((await saveRules(backend, family))?.output ?? "");
      const missing = missingHooks(wanted, saved);
      const text = restoreText(chains, wanted, missing, staleHooks(wanted, saved));
      const result = await restoreRules(backend, family, text);
      if (!result) throw programsMissing(family);
      if (result.success) {
        const tables = new Set<string>(chains.map(({ table }) => table));
        const created = [...tables].filter((table) => !saved.tables.has(table));
        note.created[family] = [...new Set([...note.created[family] ?? [], ...created])];
        if (known && known !== backend) await this.#removeFrom(known, family);
        return backend;
      }
      reason ||= result.message;
    }
    const name = family === 4 ? "iptables" : "ip6tables";
    throw new EngineError(`Cannot set up the firewall: ${name} failed: ${reason}`, {
      kind: "unavailable",
    });
  }

  async #removeFrom(
    backend: Backend,
    family: Family,
    created: readonly string[] = [],
  ): Promise<void> {
    const saved = await saveRules(backend, family);
    if (!saved?.success) return;
    const text = removalText(Object.values(this.#names), parseSavedRules(saved.output));
    if (text === "") return;
    const result = await restoreRules(backend, family, text);
    if (result?.success) {
      if (backend === "legacy" || created.length === 0) return;
      const rest = await saveRules(backend, family);
      return await removeEmptyTables(family, parseSavedRules(rest?.output ?? ""), created);
    }
    throw new EngineError(`Cannot remove the firewall's rules: ${result?.message}`, {
      kind: "system",
    });
  }
}

function isNeeded(state: FirewallState, family: Family): boolean {
  return state.networks.some(({ subnets }) =>
    subnets.some((subnet) => familyOf(subnet) === family)
  );
}
