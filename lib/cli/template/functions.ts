/**
 * The functions a template may call: text/template's own and Docker's.
 *
 * @module
 */

import { COMPARISONS } from "./comparisons.ts";
import { sprint, sprintln } from "./format_value.ts";
import { sprintf } from "./printf.ts";
import { FunctionError } from "./template_error.ts";
import type { TemplateFunctions } from "./template_function.ts";
import { elementOf, entriesOf, isTrue, kindOf, typeName } from "./value.ts";
import { TEXT_FUNCTIONS } from "./text_functions.ts";

/** What every template may call. `and` and `or` are the evaluator's, as they stop early. */
export const FUNCTIONS: TemplateFunctions = {
  ...COMPARISONS,
  ...TEXT_FUNCTIONS,
  not: { least: 1, most: 1, call: (value) => !isTrue(value) },
  len: { least: 1, most: 1, call: length },
  index: { least: 1, most: Infinity, call: (value, ...keys) => keys.reduce(indexOne, value) },
  slice: { least: 1, most: 4, call: slice },
  call: { least: 1, most: Infinity, call: callValue },
  print: { least: 0, most: Infinity, call: (...values) => sprint(values) },
  println: { least: 0, most: Infinity, call: (...values) => sprintln(values) },
  printf: {
    least: 1,
    most: Infinity,
    call: (format, ...values) => sprintf(requireString(format), values),
  },
};

/** What the header row of a table calls instead, where headings must come out as they are. */
export const HEADER_FUNCTIONS: TemplateFunctions = {
  ...FUNCTIONS,
  ...Object.fromEntries(
    ["json", "title", "lower", "upper", "truncate", "join"].map((name) => [
      name,
      { ...FUNCTIONS[name]!, call: (heading: unknown) => heading },
    ]),
  ),
};

/**
 * Checks that an argument is a string.
 *
 * @param value The argument.
 * @returns The string.
 * @throws {FunctionError} It is something else.
 */
function requireString(value: unknown): string {
  if (typeof value === "string") return value;
  throw new FunctionError(`wrong type for value; expected string; got ${typeName(value)}`);
}

/** Counts as Go does: a string's bytes in UTF-8. */
function length(value: unknown): number {
  switch (kindOf(value)) {
    case "string":
      return new TextEncoder().encode(String(value)).length;
    case "slice":
      return (value as unknown[]).length;
    case "map":
    case "struct":
      return entriesOf(value as object).length;
    case "nil":
    case "missing":
      throw new FunctionError("len of nil pointer");
    default:
      throw new FunctionError(`len of type ${typeName(value)}`);
  }
}

function indexOne(value: unknown, key: unknown): unknown {
  switch (kindOf(value)) {
    case "slice":
      return (value as unknown[])[checkIndex(key, (value as unknown[]).length - 1)];
    case "string": {
      const bytes = new TextEncoder().encode(String(value));
      return bytes[checkIndex(key, bytes.length - 1)];
    }
    case "map":
    case "struct":
      return indexMap(value as object, key);
    case "nil":
    case "missing":
      throw new FunctionError("index of untyped nil");
    default:
      throw new FunctionError(`can't index item of type ${typeName(value)}`);
  }
}

function indexMap(value: object, key: unknown): unknown {
  if (typeof key !== "string") {
    throw new FunctionError(`value has type ${typeName(key)}; should be string`);
  }
  const element = elementOf(value, key);
  if (element !== undefined) return element;
  // In Go a missing key gives the element type's zero value. Maps of strings (labels, options) are
  // what templates index with keys that may be missing, and an empty map is most likely one.
  const elements = entriesOf(value).map(([, item]) => item);
  return elements.every((item) => typeof item === "string") ? "" : undefined;
}

function checkIndex(index: unknown, last: number): number {
  if (kindOf(index) !== "int") {
    throw new FunctionError(`cannot index slice/array with type ${typeName(index)}`);
  }
  const number = Number(index);
  if (number < 0 || number > last) throw new FunctionError(`index out of range: ${number}`);
  return number;
}

function slice(value: unknown, ...bounds: unknown[]): unknown {
  const kind = kindOf(value);
  if (kind !== "string" && kind !== "slice") {
    throw new FunctionError(`can't slice item of type ${typeName(value)}`);
  }
  if (kind === "string" && bounds.length === 3) {
    throw new FunctionError("cannot 3-index slice a string");
  }
  const whole = kind === "string" ? new TextEncoder().encode(String(value)) : value as unknown[];
  const [start = 0, end = whole.length] = bounds.map((bound) => checkIndex(bound, whole.length));
  if (start > end) throw new FunctionError(`invalid slice index: ${start} > ${end}`);
  const part = whole.slice(start, end);
  return part instanceof Uint8Array ? new TextDecoder().decode(part) : part;
}

function callValue(value: unknown, ...args: unknown[]): unknown {
  if (typeof value === "function") return value(...args);
  throw new FunctionError(`non-function ${sprint([value])} of type ${typeName(value)}`);
}
