/**
 * The errors of templates, worded as Go's text/template and Docker word them.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";

/**
 * Creates the error of a template that cannot be parsed.
 *
 * @param line The line in the template, from 1.
 * @param problem What is wrong, in text/template's words.
 * @returns An error of kind `invalid`.
 */
export function parseError(line: number, problem: string): EngineError {
  return new EngineError(`template parsing error: template: :${line}: ${problem}`, {
    kind: "invalid",
  });
}

/** Where in a template something stands. */
export interface Place {
  /** The line, from 1. */
  line: number;
  /** The column in bytes, from 0, as text/template counts it. */
  column: number;
}

/**
 * Creates the error of a template that cannot be executed on its data.
 *
 * @param place Where the offending expression stands.
 * @param expression The expression's text.
 * @param problem What is wrong, in text/template's words.
 * @returns An error of kind `invalid`.
 */
export function executionError(place: Place, expression: string, problem: string): EngineError {
  // Docker says "parsing" here too; scripts that look for its words find them.
  const where = `:${place.line}:${place.column}: executing "" at <${expression}>`;
  return new EngineError(`template parsing error: template: ${where}: ${problem}`, {
    kind: "invalid",
  });
}

/** What a template function throws; the evaluator adds the function's name and place. */
export class FunctionError extends Error {
  /** The class's name, as `Error.prototype.name` is. */
  override readonly name: string = "FunctionError";
}
