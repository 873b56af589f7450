/**
 * Go's text/template with Docker's functions, for `--format`.
 *
 * @module
 */

export { HEADER_FUNCTIONS } from "./functions.ts";
export { compileTemplate, type Template } from "./template.ts";
export type { EvaluateOptions } from "./evaluate.ts";
export type { TemplateFunction, TemplateFunctions } from "./template_function.ts";
export { toJson } from "./text_functions.ts";
export { NIL_MAP, NIL_SLICE } from "./value.ts";
