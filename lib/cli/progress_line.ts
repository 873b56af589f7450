/**
 * One layer's line of a pull's display.
 *
 * @module
 */

import type { LayerEvent } from "./progress.ts";
import { humanSize } from "./units.ts";

/** The statuses that take time and show a bar. */
export const PROGRESS_BAR_STATUSES: ReadonlySet<string> = new Set(["Downloading", "Extracting"]);

/** Characters of a bar, brackets left out, where there is room. */
const BAR_WIDTH = 50;
const LEAST_BAR_WIDTH = 10;

/**
 * Writes a layer's line: id, status, and a bar and byte counts while it is worked on.
 *
 * @param event What is happening to the layer.
 * @param columns The width there is, in characters; the bar shrinks to it, or goes.
 * @returns The line.
 */
export function progressLine(event: LayerEvent, columns: number): string {
  const { layer, status, current, total } = event;
  const start = `${layer}: ${status}`;
  if (!PROGRESS_BAR_STATUSES.has(status) || current === undefined) return start;
  if (!total) return `${start}  ${humanSize(current)}`;
  const counts = `${humanSize(Math.min(current, total))}/${humanSize(total)}`;
  // The counts get the room of their widest form, so that the bar keeps its width.
  const widest = Math.max(counts.length, 2 * humanSize(total).length + 3);
  const room = columns - start.length - widest - "  [] ".length;
  const width = Math.min(BAR_WIDTH, room);
  return width < LEAST_BAR_WIDTH
    ? `${start} ${counts}`
    : `${start}  ${bar(current / total, width)} ${counts}`;
}

function bar(done: number, width: number): string {
  const filled = Math.min(width, Math.floor(done * width));
  const head = filled < width ? ">" : "";
  return `[${"=".repeat(filled)}${head}${" ".repeat(width - filled - head.length)}]`;
}
