/**
 * Extended headers of the pax format: records `LENGTH KEY=VALUE\n`.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 *
 * @module
 */

import type { Timestamp } from "../../../ffi/timestamps.ts";
import { EngineError } from "../../errors.ts";
import { toByteString } from "./byte_string.ts";

/** Records of an extended header by key; values are bytes, as attributes' values need not be text. */
export type PaxRecords = Map<string, Uint8Array<ArrayBuffer>>;

const SPACE = 0x20;
const EQUALS = 0x3d;
const NEWLINE = 0x0a;
/** No record in an extended header of bounded size has a longer LENGTH. */
const MAX_LENGTH_DIGITS = 7;

/**
 * Reads an extended header.
 *
 * @param bytes Its content.
 * @returns The records; of several with one key, the last.
 * @throws {EngineError} It is malformed (`invalid`).
 */
export function decodePax(bytes: Uint8Array): PaxRecords {
  const records: PaxRecords = new Map();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(SPACE, at);
    const digits = toByteString(bytes.subarray(at, Math.min(space, at + MAX_LENGTH_DIGITS + 1)));
    const end = at + Number(digits);
    if (space === -1 || !/^\d{1,7}$/.test(digits) || end > bytes.length) throw malformed();
    const equals = bytes.indexOf(EQUALS, space + 1);
    if (equals <= space + 1 || equals >= end - 1 || bytes[end - 1] !== NEWLINE) throw malformed();
    // A copy, as the record outlives the buffer it was read into.
    records.set(toByteString(bytes.subarray(space + 1, equals)), bytes.slice(equals + 1, end - 1));
    at = end;
  }
  return records;
}

/**
 * Reads a decimal whole number.
 *
 * @param value A record's value.
 * @returns The number, not negative.
 * @throws {EngineError} It is none (`invalid`).
 */
export function paxInteger(value: Uint8Array): number {
  const text = toByteString(value.subarray(0, 32));
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) throw malformed();
  return number;
}

/**
 * Reads a time: decimal seconds, with a fraction or without.
 *
 * @param value A record's value.
 * @returns The moment; what is finer than a nanosecond is cut off.
 * @throws {EngineError} It is none (`invalid`).
 */
export function paxTime(value: Uint8Array): Timestamp {
  const match = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(toByteString(value.subarray(0, 64)));
  if (match === null) throw malformed();
  const whole = Number(match[2]);
  const fraction = Number((match[3] ?? "").slice(0, 9).padEnd(9, "0"));
  if (match[1] === "") return { seconds: whole, nanoseconds: fraction };
  // The nanoseconds count forwards, so -1.25 is -2 and 0.75.
  return fraction === 0
    ? { seconds: 0 - whole, nanoseconds: 0 }
    : { seconds: -whole - 1, nanoseconds: 1e9 - fraction };
}

function malformed(): EngineError {
  return new EngineError("Cannot read the tar archive: a pax extended header is malformed", {
    kind: "invalid",
  });
}
