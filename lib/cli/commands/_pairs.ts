/**
 * Options whose values are `NAME=VALUE`.
 *
 * @module
 */

/**
 * Reads pairs.
 *
 * @param texts Each `NAME=VALUE`, or `NAME` for an empty value.
 * @returns The values by name; of several the last counts.
 */
export function pairs(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((text) => {
    const equals = text.indexOf("=");
    return equals === -1 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
  }));
}
