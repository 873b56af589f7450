/**
 * Text in aligned columns.
 *
 * @module
 */

import { textWidth } from "./text_width.ts";

/** Spaces between two columns. */
const PADDING = 3;
/** The least width of a column, padding included, as in Docker's tables. */
const LEAST_WIDTH = 10;

/**
 * Aligns the cells of lines; a line's last cell is not padded.
 *
 * As with Go's tabwriter, a column reaches over neighbouring lines only: a line without a cell in
 * it ends the column, and the next one is measured anew.
 *
 * @param lines Lines whose cells are separated by tabs.
 * @param leastWidth The least width of a column, padding included.
 * @returns The lines, without tabs.
 */
export function alignColumns(
  lines: readonly string[],
  leastWidth: number = LEAST_WIDTH,
): string[] {
  const rows = lines.map((line) => line.split("\t"));
  const widths = rows.map((): number[] => []);
  const columns = Math.max(0, ...rows.map((cells) => cells.length - 1));
  for (let column = 0; column < columns; column++) measureColumn(rows, widths, column, leastWidth);
  return rows.map((cells, row) =>
    cells.map((cell, column) => {
      const width = widths[row]![column];
      return width === undefined ? cell : cell + " ".repeat(width - textWidth(cell));
    }).join("")
  );
}

/** Gives each run of neighbouring lines that have the column its width. */
function measureColumn(
  rows: readonly string[][],
  widths: number[][],
  column: number,
  leastWidth: number,
): void {
  let start = 0;
  while (start < rows.length) {
    let end = start;
    let widest = 0;
    for (; end < rows.length && hasColumn(rows[end]!, column); end++) {
      widest = Math.max(widest, textWidth(rows[end]![column]!));
    }
    const width = Math.max(leastWidth, widest + PADDING);
    for (let row = start; row < end; row++) widths[row]![column] = width;
    start = end + 1;
  }
}

/** The last cell of a line belongs to no column. */
function hasColumn(cells: readonly string[], column: number): boolean {
  return column < cells.length - 1;
}
