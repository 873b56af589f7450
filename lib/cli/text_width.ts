/**
 * How many columns text takes on a terminal.
 *
 * @module
 */

/** East Asian wide and fullwidth characters and emoji (Unicode's EastAsianWidth.txt, abridged). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
/** Combining marks, format and control characters, variation selectors. */
const ZERO = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u;
// Most text is of narrow characters, also where it was cut and ends with an ellipsis: one test
// instead of two a character.
const NARROW = /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2027]*$/;

function characterWidth(character: string): number {
  return ZERO.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
}

/**
 * Measures text without escape sequences.
 *
 * @param text The text, of one line.
 * @returns Its width in columns.
 */
export function textWidth(text: string): number {
  if (NARROW.test(text)) return text.length;
  return [...text].reduce((width, character) => width + characterWidth(character), 0);
}

/**
 * Cuts text to a width.
 *
 * @param text The text, of one line.
 * @param columns The most columns it may take.
 * @returns As much of its start as fits.
 */
export function fitWidth(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let width = 0;
  let fitting = "";
  for (const character of text) {
    width += characterWidth(character);
    if (width > columns) break;
    fitting += character;
  }
  return fitting;
}
