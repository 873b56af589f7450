/**
 * Go's `fmt.Sprintf` for the values templates hold.
 *
 * @module
 * @see https://pkg.go.dev/fmt
 */

import { formatFloat, formatValue, goExponent } from "./format_value.ts";
import { kindOf, typeName } from "./value.ts";

/** Flags, width, precision and verb of one directive. */
interface Directive {
  flags: string;
  width: number | undefined;
  precision: number | undefined;
  verb: string;
}

const DIRECTIVE = /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d+)?)?([^]|$)/gu;

/**
 * Writes values into a format.
 *
 * @param format Text with directives such as `%s`, `%-10s`, `%5.2f`.
 * @param values What the directives take, in order.
 * @returns The text; a directive that does not fit its value shows `%!verb(type=value)` as in Go.
 */
export function sprintf(format: string, values: readonly unknown[]): string {
  let taken = 0;
  const text = format.replace(DIRECTIVE, (all, flags, width, precision, verb) => {
    if (verb === "") return "%!(NOVERB)";
    if (verb === "%") return "%";
    const size = (given: string | undefined): number | undefined =>
      given === "*" ? Number(values[taken++]) : given === undefined ? undefined : Number(given);
    const directive: Directive = { flags, width: size(width), precision: undefined, verb };
    if (all.includes(".")) directive.precision = size(precision) ?? 0;
    if (taken >= values.length) return `%!${verb}(MISSING)`;
    return pad(directive, convert(directive, values[taken++]));
  });
  const extra = values.slice(taken).map(describe);
  return extra.length > 0 ? `${text}%!(EXTRA ${extra.join(", ")})` : text;
}

function describe(value: unknown): string {
  const kind = kindOf(value);
  return kind === "nil" || kind === "missing"
    ? "<nil>"
    : `${typeName(value)}=${formatValue(value)}`;
}

function pad({ flags, width, verb }: Directive, text: string): string {
  const missing = Math.abs(width ?? 0) - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes("-") || (width ?? 0) < 0) return text + " ".repeat(missing);
  if (!flags.includes("0") || verb === "v") return " ".repeat(missing) + text;
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  return sign + "0".repeat(missing) + text.slice(sign.length);
}

function convert(directive: Directive, value: unknown): string {
  if (directive.verb === "T") return typeName(value);
  if (directive.verb === "v" && (typeof value !== "number")) {
    return formatValue(value);
  }
  const kind = kindOf(value);
  if (kind === "slice" || kind === "map" || kind === "struct") {
    return formatValue(value, (element) => convert(directive, element));
  }
  const text = kind === "string"
    ? convertString(directive, String(value))
    : kind === "int"
    ? convertInteger(directive, BigInt(value as number))
    : kind === "float64"
    ? convertFloat(directive, value as number)
    : kind === "bool" && directive.verb === "t"
    ? String(value)
    : undefined;
  return text ?? `%!${directive.verb}(${describe(value)})`;
}

function convertString({ verb, precision, flags }: Directive, value: string): string | undefined {
  const text = precision === undefined ? value : [...value].slice(0, precision).join("");
  switch (verb) {
    case "s":
      return text;
    case "q":
      return flags.includes("#") && !text.includes("`") ? `\`${text}\`` : quote(text);
    case "x":
    case "X": {
      const bytes = new TextEncoder().encode(text);
      const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      return verb === "x" ? hex : hex.toUpperCase();
    }
  }
}

function convertInteger({ verb, flags }: Directive, value: bigint): string | undefined {
  const magnitude = value < 0n ? -value : value;
  const sign = value < 0n ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  const prefixed = (base: number, prefix: string): string =>
    sign + (flags.includes("#") ? prefix : "") + magnitude.toString(base);
  switch (verb) {
    case "d":
    case "v":
      return prefixed(10, "");
    case "x":
      return prefixed(16, "0x");
    case "X":
      return prefixed(16, "0x").toUpperCase();
    case "o":
      return prefixed(8, "0");
    case "b":
      return prefixed(2, "0b");
    case "c":
      return String.fromCodePoint(Number(value));
    case "q":
      return `'${String.fromCodePoint(Number(value))}'`;
    case "U":
      return `U+${magnitude.toString(16).toUpperCase().padStart(4, "0")}`;
  }
}

function convertFloat({ verb, precision, flags }: Directive, value: number): string | undefined {
  const sign = value >= 0 && flags.includes("+") ? "+" : "";
  switch (verb) {
    case "f":
    case "F":
      return sign + value.toFixed(precision ?? 6);
    case "e":
      return sign + goExponent(value.toExponential(precision ?? 6));
    case "g":
    case "v":
      return sign + (precision === undefined ? formatFloat(value) : significant(value, precision));
  }
}

/** Writes a number with so many significant digits and no trailing zeros, as `%.Ng`. */
function significant(value: number, digits: number): string {
  const text = value.toPrecision(Math.max(1, digits));
  const trimmed = text.includes(".") ? text.replace(/\.?0+(?=e|$)/, "") : text;
  return goExponent(trimmed);
}

/** Quotes as `%q`: JSON's quoting, with Go's escapes for control characters. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll(
    /\\u00(0[0-9a-f]|1[0-9a-f])/g,
    (all, hex) => hex === "07" ? "\\a" : hex === "0b" ? "\\v" : all.replace("\\u00", "\\x"),
  ).replaceAll("\x7f", "\\x7f");
}
