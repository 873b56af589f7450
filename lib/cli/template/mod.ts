/**
 * Go's text/template with Docker's functions, for `--format`.
 *
 * @module
 */

export { HEADER_FUNCTIONS, type TemplateFunction, type TemplateFunctions } from "./functions.ts";
export { compileTemplate, type Template } from "./template.ts";
export { toJson } from "./text_functions.ts";
