/**
 * Writes values as Go's fmt package does with `%v`.
 *
 * @module
 */

import { entriesOf, kindOf } from "./value.ts";

/**
 * Writes a value as `%v`: `map[k:v]`, `[a b]`, `{field field}`.
 *
 * @param value Any value.
 * @param element Writes each element of a slice or map; `%q` and `%s` pass their own.
 * @returns Its text.
 */
export function formatValue(
  value: unknown,
  element: (value: unknown) => string = formatValue,
): string {
  switch (kindOf(value)) {
    case "missing":
    case "nil":
      return "<nil>";
    case "slice":
      return `[${(value as unknown[]).map((item) => element(item)).join(" ")}]`;
    case "map": {
      const entries = entriesOf(value as object);
      return `map[${entries.map(([key, item]) => `${key}:${element(item)}`).join(" ")}]`;
    }
    case "struct":
      return `{${entriesOf(value as object).map(([, item]) => element(item)).join(" ")}}`;
    case "func":
      return "<func>";
    case "float64":
      return formatFloat(value as number);
    default:
      return String(value);
  }
}

/**
 * Writes a floating point number as `%v`: the shortest digits, an exponent below -4 or from 21 on.
 *
 * @param value The number.
 * @returns Its text.
 */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const magnitude = Math.abs(value);
  if (magnitude === 0 || (magnitude >= 1e-4 && magnitude < 1e20)) return String(value);
  return goExponent(value.toExponential());
}

/**
 * Gives an exponent Go's shape: a sign and at least two digits.
 *
 * @param text A number as `toExponential()` writes it.
 * @returns The number as Go writes it.
 */
export function goExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

/**
 * Joins values as `fmt.Sprint` does: with a space between two neighbours that are no strings.
 *
 * @param values The values.
 * @returns Their text.
 */
export function sprint(values: readonly unknown[]): string {
  return values.map((value, index) => {
    const isPlain = typeof value !== "string" && typeof values[index - 1] !== "string";
    return (index > 0 && isPlain ? " " : "") + formatValue(value);
  }).join("");
}

/**
 * Joins values as `fmt.Sprintln` does: with spaces, and a line feed at the end.
 *
 * @param values The values.
 * @returns Their text.
 */
export function sprintln(values: readonly unknown[]): string {
  return values.map((value) => formatValue(value)).join(" ") + "\n";
}
