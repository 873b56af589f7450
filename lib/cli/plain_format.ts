/**
 * Formats that only name fields, such as `{{.ID}}\t{{.Names}}`.
 *
 * Nearly all lists are printed with one: they need no template engine, which would take longer than
 * all the rest of a command that lists hundreds of objects.
 *
 * @module
 */

/** Writes a row; nothing where one of the fields is missing or is more than text or a number. */
export type PlainFormat = (row: Readonly<Record<string, unknown>>) => string | undefined;

const ONLY_FIELDS = /^(?:[^{}]|\{\{\.[A-Z]\w*\}\})*$/;
const FIELD = /\{\{\.([A-Z]\w*)\}\}/;

/**
 * Reads a format.
 *
 * @param format The format, its escapes resolved.
 * @returns Writes rows; nothing where the format needs a template engine.
 */
export function plainFormat(format: string): PlainFormat | undefined {
  if (!ONLY_FIELDS.test(format)) return undefined;
  // Text and names of fields by turns, text first.
  const parts = format.split(FIELD);
  return (row) => {
    let line = parts[0]!;
    for (let at = 1; at < parts.length; at += 2) {
      const name = parts[at]!;
      const value = Object.hasOwn(row, name) ? row[name] : undefined;
      if (typeof value !== "string" && !Number.isSafeInteger(value)) return undefined;
      line += `${value}${parts[at + 1]}`;
    }
    return line;
  };
}
