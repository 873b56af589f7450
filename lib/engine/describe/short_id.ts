/**
 * Ids as lists show them.
 *
 * @module
 */

/** Hexadecimal digits of an id that tables show. */
const SHORT_ID_LENGTH = 12;

/**
 * Shortens an id or digest to what tables show.
 *
 * @param id An id, with or without its algorithm (`sha256:`).
 * @returns Its first 12 digits.
 */
export function shortId(id: string): string {
  return id.slice(id.indexOf(":") + 1).slice(0, SHORT_ID_LENGTH);
}
