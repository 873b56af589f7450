/**
 * The comparisons of templates: `eq`, `ne`, `lt`, `le`, `gt`, `ge`.
 *
 * @module
 */

import type { TemplateFunctions } from "./template_function.ts";
import { formatValue } from "./format_value.ts";
import { FunctionError } from "./template_error.ts";
import { type Kind, kindOf, typeName } from "./value.ts";

/** The comparisons by name; `eq` takes any number and asks whether the first equals one of them. */
export const COMPARISONS: TemplateFunctions = {
  eq: { least: 1, most: Infinity, call: equalsAny },
  ne: { least: 2, most: 2, call: (a, b) => !equals(a, b) },
  lt: { least: 2, most: 2, call: (a, b) => compare(a, b) < 0 },
  le: { least: 2, most: 2, call: (a, b) => compare(a, b) <= 0 },
  gt: { least: 2, most: 2, call: (a, b) => compare(a, b) > 0 },
  ge: { least: 2, most: 2, call: (a, b) => compare(a, b) >= 0 },
};

function equalsAny(first: unknown, ...others: unknown[]): boolean {
  if (others.length === 0) throw new FunctionError("missing argument for comparison");
  return others.some((other) => equals(first, other));
}

function equals(a: unknown, b: unknown): boolean {
  for (const value of [a, b]) {
    if (!isBasic(kindOf(value)) && value !== null && value !== undefined) {
      throw new FunctionError(
        `non-comparable type ${formatValue(value)}: ${typeName(value)}`,
      );
    }
  }
  // nil may be compared with anything.
  if ((a ?? null) === null || (b ?? null) === null) return (a ?? null) === (b ?? null);
  return compare(a, b, ["bool"]) === 0;
}

function compare(a: unknown, b: unknown, alsoAllowed: readonly Kind[] = []): number {
  const [left, right] = [comparedKind(a), comparedKind(b)];
  for (const kind of [left, right]) {
    if (!isBasic(kind) || (kind === "bool" && !alsoAllowed.includes(kind))) {
      throw new FunctionError("invalid type for comparison");
    }
  }
  if (left !== right) throw new FunctionError("incompatible types for comparison");
  const [x, y] = [a as string, b as string];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** JavaScript's numbers do not keep int and float apart, so they compare with each other. */
function comparedKind(value: unknown): Kind {
  const kind = kindOf(value);
  return kind === "float64" ? "int" : kind;
}

function isBasic(kind: Kind): boolean {
  return kind === "bool" || kind === "int" || kind === "float64" || kind === "string";
}
