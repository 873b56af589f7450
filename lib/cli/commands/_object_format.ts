/**
 * `--format` of commands that show one object in a layout of their own.
 *
 * @module
 */

import { compileTemplate, toJson } from "../template/mod.ts";

/**
 * Prints an object.
 *
 * @param object The object.
 * @param format The value of `--format`: `json` or a template.
 * @returns A line, ended by a line feed.
 * @throws {EngineError} Of kind `invalid`: the format is no template or asks for what is not there.
 */
export function formatObject(object: unknown, format: string): string {
  const text = format === "json" ? toJson(object) : compileTemplate(format).execute(object);
  return `${text}\n`;
}
