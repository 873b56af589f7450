/**
 * `--format` of commands that show one object in a layout of their own.
 *
 * @module
 */

/**
 * Prints an object.
 *
 * @param object The object.
 * @param format The value of `--format`: `json` or a template.
 * @returns A line, ended by a line feed.
 * @throws {EngineError} Of kind `invalid`: the format is no template or asks for what is not there.
 */
export async function formatObject(object: unknown, format: string): Promise<string> {
  const { compileTemplate, toJson } = await import("../template/mod.ts");
  const text = format === "json" ? toJson(object) : compileTemplate(format).execute(object);
  return `${text}\n`;
}
