/**
 * Sizes and durations as Docker prints and reads them.
 *
 * @module
 */

import { invalid } from "../errors.ts";

const DECIMAL_UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
const BINARY_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"];

/**
 * Writes a size in decimal units, as in the SIZE column of `images`.
 *
 * @param bytes The size, in bytes.
 * @param digits The number of significant digits.
 * @returns Text such as `7.8MB`, `1.24GB`.
 */
export function humanSize(bytes: number, digits = 3): string {
  return scaledSize(bytes, digits, 1000, DECIMAL_UNITS);
}

/**
 * Writes a size in binary units, as in the MEM USAGE column of `stats`.
 *
 * @param bytes The size, in bytes.
 * @param digits The number of significant digits.
 * @returns Text such as `1.5GiB`.
 */
export function humanBinarySize(bytes: number, digits = 4): string {
  return scaledSize(bytes, digits, 1024, BINARY_UNITS);
}

function scaledSize(
  bytes: number,
  digits: number,
  base: number,
  units: readonly string[],
): string {
  let unit = 0;
  let size = bytes;
  // A size that rounds up to the base belongs to the next unit: 1GB, not 1000MB.
  while (unit < units.length - 1 && Number(size.toPrecision(digits)) >= base) {
    size /= base;
    unit++;
  }
  const rounded = size < 10 ** digits ? Number(size.toPrecision(digits)) : Math.round(size);
  return `${rounded}${units[unit]}`;
}

/** A number, an optional space, a unit: `b`, or `k` to `p` with an optional `b` or `ib`. */
const SIZE = /^([0-9]*\.?[0-9]*) ?([^0-9. ].*)?$/;
const SIZE_UNIT = /^(?:b|([kmgtp])(?:b|ib)?)$/i;

/**
 * Reads a size as Docker's options take it; units are binary: `512m`, `1g`, `1.5GiB`.
 *
 * @param text The size; without a unit it is in bytes.
 * @returns The size, in whole bytes.
 * @throws {EngineError} Of kind `invalid`: `invalid size: 'x'` or `invalid suffix: 'x'`.
 */
export function parseBytes(text: string): number {
  const match = SIZE.exec(text);
  const [, number = "", unit = "b"] = match ?? [];
  if (!/[0-9]/.test(number)) throw invalid(`invalid size: '${text}'`);
  const unitMatch = SIZE_UNIT.exec(unit);
  if (unitMatch === null) throw invalid(`invalid suffix: '${unit.toLowerCase()}'`);
  const power = " kmgtp".indexOf((unitMatch[1] ?? " ").toLowerCase());
  const bytes = Math.trunc(Number(number) * 1024 ** power);
  if (!Number.isSafeInteger(bytes)) throw invalid(`invalid size: '${text}'`);
  return bytes;
}

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60 * 1000,
  h: 60 * 60 * 1000,
};

/**
 * Reads a duration as Go's `time.ParseDuration`: `300ms`, `1h30m`, `-1.5h`.
 *
 * @param text The duration; `0` needs no unit.
 * @returns The duration, in milliseconds.
 * @throws {EngineError} Of kind `invalid`: `time: invalid duration "x"`, or what is wrong with its
 * unit.
 */
export function parseDuration(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1;
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return 0;
  if (rest === "") throw invalid(`time: invalid duration "${text}"`);
  let milliseconds = 0;
  while (rest !== "") {
    const [all = "", number = "", unit = ""] = /^([0-9]*\.?[0-9]*)([^0-9.]*)/.exec(rest) ?? [];
    if (!/[0-9]/.test(number)) throw invalid(`time: invalid duration "${text}"`);
    if (unit === "") throw invalid(`time: missing unit in duration "${text}"`);
    const scale = Object.hasOwn(DURATION_UNITS, unit) ? DURATION_UNITS[unit] : undefined;
    if (scale === undefined) throw invalid(`time: unknown unit "${unit}" in duration "${text}"`);
    milliseconds += Number(number) * scale;
    rest = rest.slice(all.length);
  }
  return sign * milliseconds;
}

/**
 * Cuts text to a number of characters; what was cut shows as `…`.
 *
 * @param text The text.
 * @param length The most characters of the result.
 * @returns The text, or its start and `…`.
 */
export function ellipsis(text: string, length: number): string {
  if (text.length <= length) return text;
  // A character takes at most two units: what is behind those need not be split.
  const characters = [...text.slice(0, 2 * length + 2)];
  if (characters.length <= length) return text;
  return length <= 1
    ? characters.slice(0, length).join("")
    : `${characters.slice(0, length - 1).join("")}…`;
}
