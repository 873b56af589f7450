/**
 * The table of options in help texts.
 *
 * @module
 */

import type { OptionDeclaration } from "./option.ts";

/** Spaces between an option and its summary. */
const GAP = 3;
/** How far a line may reach into the margin to save its last word from a line of its own. */
const SLOP = 5;
/** The least width a summary is wrapped to. */
const LEAST_SUMMARY_WIDTH = 24;

/**
 * Writes the options that are not hidden, sorted by name.
 *
 * @param options The options.
 * @param columns The width to fit, in characters.
 * @returns Lines joined by line feeds; empty where there is nothing to list.
 */
export function optionTable(options: readonly OptionDeclaration[], columns: number): string {
  const rows = options.filter(({ hidden }) => !hidden)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((option) => ({ left: leftColumn(option), summary: summaryOf(option) }));
  const indent = Math.max(0, ...rows.map(({ left }) => left.length)) + GAP;
  const width = Math.max(LEAST_SUMMARY_WIDTH, columns - 1 - indent);
  return rows.map(({ left, summary }) =>
    left.padEnd(indent) + wrap(summary, width).join("\n" + " ".repeat(indent))
  ).join("\n");
}

function leftColumn({ name, short, type, word }: OptionDeclaration): string {
  const flags = short === undefined ? `      --${name}` : `  -${short}, --${name}`;
  const value = type === "bool" ? "" : ` ${word ?? type}`;
  return flags + value;
}

function summaryOf({ summary, default: value }: OptionDeclaration): string {
  if (value === undefined || value === false) return summary;
  return `${summary} (default ${typeof value === "string" ? JSON.stringify(value) : value})`;
}

function wrap(text: string, width: number): string[] {
  return text.split("\n").flatMap((line) => wrapLine(line, width));
}

function wrapLine(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(" ", width - SLOP);
    if (space <= 0) break;
    lines.push(rest.slice(0, space));
    rest = rest.slice(space + 1);
  }
  return [...lines, rest];
}
