/**
 * What `--format` and `--quiet` make of lists and of inspected objects.
 *
 * @module
 */

import { plainFormat } from "./plain_format.ts";
import { alignColumns } from "./table.ts";

/** A row of a list: texts by field name, and functions that templates call as methods. */
export type Row = Readonly<Record<string, unknown>>;

/** What {@linkcode formatList} prints, and how. */
export interface ListOptions {
  /** The value of `--format`: empty, `table`, `table TEMPLATE`, `json` or a template. */
  format?: string | undefined;
  /** Whether only `quietFormat` is wanted; it wins over `format`. */
  quiet?: boolean;
  /** The rows, in order. */
  rows: readonly Row[];
  /** Headings by field name, where they are not the name in capitals: `ID` -> `CONTAINER ID`. */
  headings: Readonly<Record<string, string>>;
  /** What an empty format and `table` mean, itself a table: `table {{.ID}}\t{{.Names}}`. */
  defaultFormat: string;
  /** The template that `quiet` means; `{{.ID}}` by default. */
  quietFormat?: string;
}

const TABLE = "table";
const INSPECT_INDENT = 4;

/**
 * Prints a list as Docker does.
 *
 * @param options What to print, and how.
 * @returns Lines, each ended by a line feed.
 * @throws {EngineError} Of kind `invalid`: the format is no template or asks for what is not there.
 */
export async function formatList(options: ListOptions): Promise<string> {
  const { rows } = options;
  const format = chooseFormat(options);
  if (format === "json") {
    const { toJson } = await import("./template/mod.ts");
    return rows.map((row) => `${toJson(sortFields(row))}\n`).join("");
  }
  const isTable = format.startsWith(TABLE);
  const text = unescapeFormat(isTable ? format.slice(TABLE.length) : format);
  const headers = isTable ? [headersOf(format, options.headings)] : [];
  const lines =
    plainLines(text, [...headers.map((fields) => Object.fromEntries(fields)), ...rows]) ??
      await templateLines(text, headers, rows);
  if (!isTable) return lines.map((line) => `${line}\n`).join("");
  return alignColumns(lines.join("\n").split("\n")).join("\n") + "\n";
}

/** Most formats need no template engine, which is not loaded then. */
function plainLines(text: string, rows: readonly Row[]): string[] | undefined {
  const plain = plainFormat(text);
  const lines = plain && rows.map(plain);
  return lines?.every((line) => line !== undefined) ? lines : undefined;
}

async function templateLines(
  text: string,
  headers: readonly ReadonlyMap<string, unknown>[],
  rows: readonly Row[],
): Promise<string[]> {
  if (headers.length + rows.length === 0) return [];
  const { compileTemplate, HEADER_FUNCTIONS } = await import("./template/mod.ts");
  const template = compileTemplate(text);
  const lines = rows.map((row) => template.execute(row));
  const header = headers.map((row) => template.execute(row, { functions: HEADER_FUNCTIONS }));
  return [...header, ...lines];
}

function chooseFormat({ format = "", quiet, defaultFormat, quietFormat }: ListOptions): string {
  if (quiet) return quietFormat ?? "{{.ID}}";
  const trimmed = format.trim();
  return trimmed === "" || trimmed === TABLE ? defaultFormat : trimmed;
}

/** Shells pass `\t` and `\n` as two characters. */
function unescapeFormat(format: string): string {
  return format.trim().replaceAll("\\t", "\t").replaceAll("\\n", "\n");
}

/** Without rows there are still headings, so the fields are those the format names. */
function headersOf(format: string, headings: ListOptions["headings"]): Map<string, unknown> {
  const names = [...format.matchAll(/\.([A-Z]\w*)/g)].map(([, name]) => name!);
  const headers = new Map<string, unknown>(names.map((name) => [name, headingOf(name)]));
  for (const [name, heading] of Object.entries(headings)) headers.set(name, heading);
  // A label's heading is the last part of its name, as in Docker.
  headers.set("Label", labelHeading);
  return headers;
}

function headingOf(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").toUpperCase();
}

function labelHeading(name: unknown): string {
  return String(name).split(".").at(-1)!.replaceAll(/[-_]/g, " ");
}

function sortFields(row: Row): Record<string, unknown> {
  const fields = Object.entries(row).filter(([, value]) => typeof value !== "function");
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Prints inspected objects as Docker does: a JSON array, or a template's text for each.
 *
 * @param objects The objects, in the order they were asked for.
 * @param format The value of `--format`: empty, `json` or a template.
 * @returns Lines, each ended by a line feed.
 * @throws {EngineError} Of kind `invalid`: the format is no template or asks for what is not there.
 */
export async function formatInspect(
  objects: readonly unknown[],
  format = "",
): Promise<string> {
  const { compileTemplate, toJson } = await import("./template/mod.ts");
  if (format === "") return `${toJson(objects, INSPECT_INDENT)}\n`;
  if (format === "json") return `${toJson(objects)}\n`;
  const template = compileTemplate(format);
  const { nilField } = await import("./nil_fields.ts");
  return objects.map((object) => `${template.execute(object, { nilField })}\n`).join("");
}
