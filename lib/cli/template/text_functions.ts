/**
 * The functions that make text: Docker's `json`, `join`, `split`, `title`, `upper`, `lower`, `pad`
 * and `truncate`, and text/template's escapers.
 *
 * @module
 */

import { formatValue, sprint } from "./format_value.ts";
import type { TemplateFunctions } from "./template_function.ts";
import { FunctionError } from "./template_error.ts";
import { entriesOf, kindOf, NIL_MAP, NIL_SLICE, typeName } from "./value.ts";

const HTML_ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
  "\0": "\ufffd",
};

/** The text functions by name. */
export const TEXT_FUNCTIONS: TemplateFunctions = {
  json: { least: 1, most: 1, call: (value) => toJson(value) },
  split: { least: 2, most: 2, call: (text, by) => requireText(text).split(requireText(by)) },
  join: { least: 2, most: 2, call: join },
  title: { least: 1, most: 1, call: title },
  upper: { least: 1, most: 1, call: (text) => requireText(text).toUpperCase() },
  lower: { least: 1, most: 1, call: (text) => requireText(text).toLowerCase() },
  pad: { least: 3, most: 3, call: pad },
  truncate: { least: 2, most: 2, call: truncate },
  html: { least: 0, most: Infinity, call: escapeHtml },
  js: { least: 0, most: Infinity, call: escapeScript },
  urlquery: { least: 0, most: Infinity, call: escapeQuery },
};

/**
 * Writes a value as JSON as Docker does: maps sorted by key, `<`, `>` and `&` as they are, functions
 * left out.
 *
 * @param value Any value.
 * @param indent The spaces a level is indented by; 0 writes one line.
 * @returns JSON.
 */
export function toJson(value: unknown, indent = 0): string {
  // U+2028 and U+2029 may stand in JSON, but Go escapes them.
  return (JSON.stringify(sortMaps(value), null, indent) ?? "null")
    .replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

function sortMaps(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value === NIL_SLICE || value === NIL_MAP) return null;
  if (Array.isArray(value)) return value.map(sortMaps);
  const kind = kindOf(value);
  if (kind !== "map" && kind !== "struct") return value;
  return Object.fromEntries(
    entriesOf(value as object).map(([key, item]) => [String(key), sortMaps(item)]),
  );
}

function join(list: unknown, separator: unknown): string {
  if (!Array.isArray(list) && list !== null) throw wrongType("[]string", list);
  return (list ?? []).map((item: unknown) => formatValue(item)).join(requireText(separator));
}

function title(text: unknown): string {
  return requireText(text).replaceAll(
    /(^|[^\p{L}\p{N}_])(\p{L})/gu,
    (_all, before, letter) => before + letter.toUpperCase(),
  );
}

/** Adds spaces before and after; nothing stays nothing. */
function pad(text: unknown, before: unknown, after: unknown): string {
  const source = requireText(text);
  if (source === "") return "";
  return " ".repeat(requireCount(before)) + source + " ".repeat(requireCount(after));
}

function truncate(text: unknown, length: unknown): string {
  return [...requireText(text)].slice(0, requireCount(length)).join("");
}

function escapeHtml(...values: unknown[]): string {
  return sprint(values).replaceAll(/[&<>"'\0]/g, (character) => HTML_ESCAPES[character]!);
}

function escapeScript(...values: unknown[]): string {
  // deno-lint-ignore no-control-regex -- control characters are what must be escaped.
  return sprint(values).replaceAll(/[\\'"<>&=\x00-\x1f]/g, (character) => {
    if (`\\'"`.includes(character)) return `\\${character}`;
    return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  });
}

function escapeQuery(...values: unknown[]): string {
  return encodeURIComponent(sprint(values)).replaceAll("%20", "+").replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function requireText(value: unknown): string {
  if (typeof value !== "string") throw wrongType("string", value);
  return value;
}

function requireCount(value: unknown): number {
  if (kindOf(value) !== "int") throw wrongType("int", value);
  return Math.max(0, Number(value));
}

function wrongType(expected: string, value: unknown): FunctionError {
  return new FunctionError(`wrong type for value; expected ${expected}; got ${typeName(value)}`);
}
