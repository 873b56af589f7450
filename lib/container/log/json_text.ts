/**
 * Text inside a JSON string, as bytes: escaped as Docker's json-file driver does, and back.
 *
 * @module
 */

const encoder = new TextEncoder();

/** The most bytes one byte of text becomes: `\u0000`. */
export const LONGEST_ESCAPE = 6;

// As Go's encoder writes a byte that is not UTF-8.
const INVALID = encoder.encode("\\ufffd");
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const NON_ASCII = 0x80;

/** For each ASCII character that does not stand for itself what stands for it. */
export const ASCII_ESCAPES: readonly (Uint8Array | undefined)[] = Array.from(
  { length: NON_ASCII },
  (_, code) => {
    const character = String.fromCharCode(code);
    if (character === '"' || character === "\\") return encoder.encode(`\\${character}`);
    if (character === "\n") return encoder.encode("\\n");
    if (character === "\r") return encoder.encode("\\r");
    // `<`, `>` and `&` for whoever puts a log into a web page.
    if (code >= 0x20 && !"<>&".includes(character)) return undefined;
    return encoder.encode(`\\u${code.toString(16).padStart(4, "0")}`);
  },
);

/** 1 for each byte that stands for itself. */
const PLAIN = Uint8Array.from(
  { length: 256 },
  (_, byte) => byte < NON_ASCII && ASCII_ESCAPES[byte] === undefined ? 1 : 0,
);

/**
 * Escapes bytes; those that are no UTF-8 become U+FFFD, one each.
 *
 * @param bytes Holds the text.
 * @param from Where it begins.
 * @param to Where it ends.
 * @param out Where it goes, with room for {@linkcode LONGEST_ESCAPE} bytes for each of the text's.
 * @param at Where in there.
 * @returns Where in `out` it ends.
 */
export function escapeText(
  bytes: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  at: number,
): number {
  for (let i = from; i < to;) {
    const byte = bytes[i]!;
    if (PLAIN[byte] === 1) {
      out[at++] = byte;
      i++;
      continue;
    }
    const size = byte < NON_ASCII ? 1 : sequenceLength(bytes, i, to);
    const escape = size === 0
      ? INVALID
      : size === 1
      ? ASCII_ESCAPES[byte]!
      : lineSeparator(bytes, i);
    if (escape) {
      // Quicker for so few bytes than set().
      for (let k = 0; k < escape.length; k++) out[at++] = escape[k]!;
      i += Math.max(size, 1);
    } else {
      for (const end = i + size; i < end; i++) out[at++] = bytes[i]!;
    }
  }
  return at;
}

/** U+2028 and U+2029 (E2 80 A8, E2 80 A9) end a line in JavaScript, so that they are escaped. */
function lineSeparator(bytes: Uint8Array, at: number): Uint8Array | undefined {
  if (bytes[at] !== 0xe2 || bytes[at + 1] !== 0x80) return undefined;
  const last = bytes[at + 2]!;
  return last === 0xa8 || last === 0xa9
    ? encoder.encode(last === 0xa8 ? "\\u2028" : "\\u2029")
    : undefined;
}

/** How long the UTF-8 sequence is that begins somewhere; 0 where none does (RFC 3629, section 4). */
function sequenceLength(bytes: Uint8Array, at: number, to: number): number {
  const first = bytes[at]!;
  const size = announcedLength(first);
  if (size === 0 || at + size > to) return 0;
  // Overlong forms, surrogates, and what is above U+10FFFF.
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (bytes[at + 1]! < low || bytes[at + 1]! > high) return 0;
  for (let i = at + 2; i < at + size; i++) if ((bytes[i]! & 0xc0) !== 0x80) return 0;
  return size;
}

/** How long a UTF-8 sequence is of which the first byte is known; 0 where none begins like that. */
function announcedLength(first: number): number {
  if (first < 0xc2 || first > 0xf4) return 0;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/**
 * Finds a place to cut a text without cutting a character.
 *
 * @param bytes Holds the text.
 * @param at Where to cut at the latest.
 * @returns That, or where the character begins that would be cut there.
 */
export function cutBefore(bytes: Uint8Array, at: number): number {
  for (let back = 1; back <= 3 && back <= at; back++) {
    const byte = bytes[at - back]!;
    if ((byte & 0xc0) !== 0x80) return announcedLength(byte) > back ? at - back : at;
  }
  return at;
}

const UNESCAPED: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, f: 12 };

/**
 * Undoes escapes where they stand: text is never longer than what stands for it.
 *
 * @param bytes Holds the inside of a valid JSON string; changed.
 * @param from Where that begins.
 * @param to Where it ends.
 * @returns Where the text ends, which begins where the string did.
 */
export function unescapeText(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  for (let i = from; i < to;) {
    const byte = bytes[i]!;
    if (byte !== BACKSLASH) {
      bytes[at++] = byte;
      i++;
      continue;
    }
    const letter = String.fromCharCode(bytes[i + 1]!);
    if (letter !== "u") {
      bytes[at++] = UNESCAPED[letter] ?? bytes[i + 1]!;
      i += 2;
      continue;
    }
    const { text, length } = codePointAt(bytes, i);
    i += length;
    at += encoder.encodeInto(text, bytes.subarray(at, i)).written;
  }
  return at;
}

/** What `\\uXXXX` stands for, or two of them that are a surrogate pair. */
function codePointAt(bytes: Uint8Array, at: number): { text: string; length: number } {
  const unit = hexAt(bytes, at + 2);
  const isHigh = unit >= 0xd800 && unit < 0xdc00;
  if (isHigh && bytes[at + 6] === BACKSLASH && bytes[at + 7] === LETTER_U) {
    const low = hexAt(bytes, at + 8);
    if (low >= 0xdc00 && low < 0xe000) return { text: String.fromCharCode(unit, low), length: 12 };
  }
  return { text: String.fromCharCode(unit), length: 6 };
}

function hexAt(bytes: Uint8Array, at: number): number {
  return parseInt(String.fromCharCode(...bytes.subarray(at, at + 4)), 16);
}
