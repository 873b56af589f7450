/**
 * Names as tar and Linux have them: bytes, not necessarily UTF-8.
 *
 * A byte string is a string whose every character stands for one byte (U+0000 to U+00FF). It splits,
 * compares and serves as a map key as text does, and loses nothing; ASCII looks as it is.
 *
 * @module
 */

/** A string whose every character stands for one byte. */
export type ByteString = string;

/** As many arguments as one call safely takes. */
const PIECE = 4096;

/**
 * Turns bytes into a byte string.
 *
 * @param bytes The bytes.
 * @returns One character for each.
 */
export function toByteString(bytes: Uint8Array): ByteString {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    // Far faster than a spread; apply() takes anything array-like, which its type does not say.
    const piece = bytes.subarray(at, at + PIECE) as unknown as number[];
    text += String.fromCharCode.apply(null, piece);
  }
  return text;
}

/**
 * Turns a byte string into bytes that end with NUL, as the kernel takes names.
 *
 * @param text The byte string, without NUL.
 * @returns Its bytes and a NUL.
 */
export function toCString(text: ByteString): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length + 1);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/**
 * Shows a byte string to people, read as UTF-8.
 *
 * @param text The byte string.
 * @returns Text; what is not UTF-8 becomes U+FFFD.
 */
export function showByteString(text: ByteString): string {
  return new TextDecoder().decode(toCString(text).subarray(0, -1));
}
