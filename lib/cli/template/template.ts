/**
 * Templates as Docker's `--format` takes them.
 *
 * @module
 */

import { evaluate, type EvaluateOptions } from "./evaluate.ts";
import { FUNCTIONS } from "./functions.ts";
import { parseTemplate } from "./parser.ts";

/** A parsed template. */
export interface Template {
  /**
   * Makes text of data.
   *
   * @param data What `.` is: objects, arrays, `Map`s, texts, numbers; functions are methods.
   * @param options What the template's functions do, Docker's by default, and what nil fields are.
   * @returns The text.
   * @throws {EngineError} Of kind `invalid`: the data does not have what the template asks for.
   */
  execute(data: unknown, options?: Partial<EvaluateOptions>): string;
}

/**
 * Parses a template of Go's text/template with Docker's functions.
 *
 * `define`, `template` and `block` are not supported: a format is one template.
 *
 * @param text The template.
 * @returns The parsed template.
 * @throws {EngineError} Of kind `invalid`: the text is no template.
 *
 * @example
 * ```ts
 * import { compileTemplate } from "./mod.ts";
 *
 * compileTemplate("{{.Name}}: {{join .Tags `, `}}").execute({ Name: "a", Tags: ["x", "y"] });
 * ```
 */
export function compileTemplate(text: string): Template {
  const isFunction = (name: string): boolean =>
    name === "and" || name === "or" || Object.hasOwn(FUNCTIONS, name);
  const nodes = parseTemplate(text, isFunction);
  return {
    execute: (data, options) => evaluate(nodes, data, { functions: FUNCTIONS, ...options }),
  };
}
