/**
 * The values of literals in templates: Go's strings, characters and numbers.
 *
 * @module
 */

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

const ESCAPE =
  /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([abfnrtv\\'"])|([^]|$))/g;

/**
 * Reads a quoted string or character literal.
 *
 * @param literal The literal, quotes included.
 * @returns Its value, or `undefined` where it holds an escape Go does not know.
 */
export function unquote(literal: string): string | undefined {
  let valid = true;
  const value = literal.slice(1, -1).replace(
    ESCAPE,
    (_all, hex2, hex4, hex8, octal, simple) => {
      if (simple !== undefined) return SIMPLE_ESCAPES[simple]!;
      const code = octal === undefined
        ? parseInt(hex2 ?? hex4 ?? hex8 ?? "", 16)
        : parseInt(octal, 8);
      if (code >= 0 && code <= 0x10ffff) return String.fromCodePoint(code);
      valid = false;
      return "";
    },
  );
  return valid ? value : undefined;
}

const INTEGERS: readonly (readonly [RegExp, number])[] = [
  [/^0[xX](?:_?[0-9a-fA-F])+$/, 16],
  [/^0[bB](?:_?[01])+$/, 2],
  [/^0[oO]?(?:_?[0-7])+$/, 8],
  [/^(?:0|[1-9](?:_?[0-9])*)$/, 10],
];
const FLOAT = /^(?:[0-9](?:_?[0-9])*\.?(?:[0-9](?:_?[0-9])*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

/**
 * Reads a number literal: decimal, `0x`, `0o`, `0b`, octal with a leading 0, floating point.
 *
 * @param literal The literal, with an optional sign.
 * @returns Its value, or `undefined` where it is none.
 */
export function parseNumber(literal: string): number | undefined {
  const digits = literal.replace(/^[+-]/, "");
  const sign = literal.startsWith("-") ? -1 : 1;
  for (const [pattern, base] of INTEGERS) {
    if (!pattern.test(digits)) continue;
    const plain = digits.replaceAll("_", "").replace(/^0[xXbBoO]/, "");
    return sign * parseInt(plain, base);
  }
  if (!FLOAT.test(digits) || /^0[0-9_]*$/.test(digits)) return undefined;
  return sign * Number(digits.replaceAll("_", ""));
}
