/**
 * One layer's line of the display of a pull or a push.
 *
 * @module
 */

import { humanSize } from "../units.ts";

/** What is happening to a layer. */
export type LayerStatus =
  | "Pulling fs layer"
  | "Waiting"
  | "Downloading"
  | "Verifying Checksum"
  | "Download complete"
  | "Extracting"
  | "Pull complete"
  | "Already exists"
  | "Preparing"
  | "Pushing"
  | "Pushed"
  | "Layer already exists"
  | `Mounted from ${string}`
  | "Skipped foreign layer"
  | `Retrying in ${number} second${"" | "s"}`;

/** Something that happened to a layer. */
export interface LayerEvent {
  /** The layer's short id. */
  layer: string;
  /** What is happening to it now. */
  status: LayerStatus;
  /** How much is done, in bytes. */
  current?: number;
  /** How much there is to do, in bytes, where it is known. */
  total?: number;
}

/** The statuses that take time and show a bar. */
export const PROGRESS_BAR_STATUSES: ReadonlySet<string> = new Set([
  "Downloading",
  "Extracting",
  "Pushing",
]);

const DONE_STATUSES: ReadonlySet<string> = new Set([
  "Pull complete",
  "Already exists",
  "Pushed",
  "Layer already exists",
  "Skipped foreign layer",
]);

/** Characters of a bar, brackets left out, where there is room. */
const BAR_WIDTH = 50;
const LEAST_BAR_WIDTH = 10;

/**
 * Tells whether nothing more will happen to a layer.
 *
 * @param status What is happening to it.
 * @returns Whether that is all.
 */
export function isDone(status: LayerStatus): boolean {
  return DONE_STATUSES.has(status) || status.startsWith("Mounted from ");
}

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
  const widest = "9.99MB/".length + humanSize(total).length;
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
