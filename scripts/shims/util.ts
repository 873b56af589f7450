/**
 * Stands in for `node:util`, which adds 3 ms to the start of every command.
 *
 * @module
 */

// ECMA-48: CSI sequences (colours, cursor), then OSC ones (titles, links) up to BEL or ST.
// deno-lint-ignore no-control-regex
const SEQUENCE = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g;

/** Removes terminal control sequences from a text. */
export function stripVTControlCharacters(text: string): string {
  return text.replace(SEQUENCE, "");
}
