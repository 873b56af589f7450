/**
 * The keys that take a terminal away from a container without ending it.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";

/** What detaches where nothing else is said. */
export const DEFAULT_DETACH_KEYS = "ctrl-p,ctrl-q";

const CONTROL_KEY = /^ctrl-([a-z@[\\\]^_])$/i;
const CONTROL_BITS = 0x1f;

/**
 * Reads a sequence of keys as `--detach-keys` has it.
 *
 * @param text Keys with commas between them: a character, or `ctrl-` and one of `a`-`z`, `@`, `[`,
 * `\`, `]`, `^`, `_`; empty for none.
 * @returns The bytes a terminal sends for them.
 * @throws {EngineError} `invalid`: one is no key.
 */
export function parseDetachKeys(text: string): Uint8Array {
  if (text === "") return new Uint8Array();
  return Uint8Array.from(text.split(","), (key) => {
    const control = CONTROL_KEY.exec(key)?.[1];
    if (control !== undefined) return control.toUpperCase().charCodeAt(0) & CONTROL_BITS;
    if (key.length === 1 && key.charCodeAt(0) < 0x80) return key.charCodeAt(0);
    throw new EngineError(`invalid detach keys (${text}): Unknown character: '${key}'`, {
      kind: "invalid",
    });
  });
}

/** What of some input goes on to the container. */
export interface ScannedInput {
  /** The bytes to pass on. */
  pass: Uint8Array;
  /** Whether the keys were all pressed; what came behind them is dropped. */
  detached: boolean;
}

/** Looks for the detach keys in what is typed. */
export class DetachScanner {
  readonly #keys: Uint8Array;
  #matched = 0;

  /**
   * Begins to look.
   *
   * @param keys What {@linkcode parseDetachKeys} returned; none never match.
   */
  constructor(keys: Uint8Array) {
    this.#keys = keys;
  }

  /**
   * Looks through some input. Keys that may be the beginning of the sequence are held back until it is
   * known whether they are.
   *
   * @param input What was typed.
   * @returns What goes on, and whether to detach.
   */
  scan(input: Uint8Array): ScannedInput {
    const pass: number[] = [];
    for (const byte of input) {
      if (this.#keys.length > 0 && byte === this.#keys[this.#matched]) {
        this.#matched++;
        if (this.#matched === this.#keys.length) {
          return { pass: Uint8Array.from(pass), detached: true };
        }
        continue;
      }
      pass.push(...this.#keys.subarray(0, this.#matched));
      // The key that breaks the sequence may begin another one.
      this.#matched = byte === this.#keys[0] ? 1 : 0;
      if (this.#matched === 0) pass.push(byte);
    }
    return { pass: Uint8Array.from(pass), detached: false };
  }
}
