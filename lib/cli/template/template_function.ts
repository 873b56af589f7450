/**
 * What a function of templates is.
 *
 * @module
 */

/** A function templates may call. */
export interface TemplateFunction {
  /** The least number of arguments. */
  least: number;
  /** The largest number of arguments; `Infinity` where it takes any. */
  most: number;
  /** Computes the result; throws `FunctionError` where it cannot. */
  call(...args: unknown[]): unknown;
}

/** Functions by name. */
export type TemplateFunctions = Readonly<Record<string, TemplateFunction>>;
