/**
 * Shows how far a pull or a push is, a line a layer.
 *
 * On a terminal the lines are redrawn in place; elsewhere each change of status is a line.
 *
 * @module
 */

import {
  isDone,
  type LayerEvent,
  type LayerStatus,
  PROGRESS_BAR_STATUSES,
  progressLine,
} from "./line.ts";
import type { TerminalSize } from "../command_line/mod.ts";
import { fitWidth, textWidth } from "../text_width.ts";

export type { LayerEvent, LayerStatus };

/** What {@linkcode LayerProgress} draws with. */
export interface LayerProgressOptions {
  /** Takes what is drawn. */
  write(text: string): void;
  /** Tells the terminal's size at each drawing; absent, the output is no terminal. */
  size?: (() => TerminalSize) | undefined;
  /** Tells the time, in milliseconds. */
  clock?: () => number;
}

/** The least time between two drawings of which only byte counts differ, in milliseconds. */
const REDRAW_INTERVAL = 100;

/** The display of a pull or a push. */
export class LayerProgress {
  readonly #write: (text: string) => void;
  readonly #size: (() => TerminalSize) | undefined;
  readonly #clock: () => number;
  readonly #layers = new Map<string, LayerEvent>();
  /** The widths of the lines on the screen, top to bottom. */
  #drawn: number[] = [];
  #drawnAt = -Infinity;

  /**
   * Creates a display; nothing is drawn before the first event.
   *
   * @param options What to draw with.
   */
  constructor(options: LayerProgressOptions) {
    this.#write = (text) => options.write(text);
    this.#size = options.size;
    this.#clock = options.clock ?? (() => performance.now());
  }

  /**
   * Shows what happened.
   *
   * @param event What happened to a layer.
   */
  update(event: LayerEvent): void {
    const before = this.#layers.get(event.layer);
    this.#layers.set(event.layer, event);
    const isNews = before === undefined || statusName(before) !== statusName(event);
    if (this.#size === undefined) {
      if (isNews) this.#write(`${event.layer}: ${event.status}\n`);
    } else if (isNews || this.#clock() - this.#drawnAt >= REDRAW_INTERVAL) {
      this.#draw(this.#size());
    }
  }

  /** Draws the last state, which stays on the screen; what is printed next goes below it. */
  finish(): void {
    if (this.#size === undefined || this.#layers.size === 0) return;
    // All layers, even if they scroll: nothing will be redrawn any more.
    this.#draw({ ...this.#size(), rows: Infinity });
    this.#layers.clear();
    this.#drawn = [];
  }

  #draw({ columns, rows }: TerminalSize): void {
    const lines = this.#lines(columns, rows);
    // A line that was drawn on a wider screen takes several now.
    const up = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    const home = up > 0 ? `\x1b[${up}A` : "";
    this.#write(`${home}${lines.map((line) => `\r\x1b[K${line}\n`).join("")}\x1b[J`);
    this.#drawn = lines.map(textWidth);
    this.#drawnAt = this.#clock();
  }

  /** Lines that fit: where there are more layers than rows, those at work are shown. */
  #lines(columns: number, rows: number): string[] {
    const layers = [...this.#layers.values()];
    // The cursor's line, below the last layer, takes a row as well.
    const room = Math.max(1, rows - 1);
    const line = (layer: LayerEvent): string => fitWidth(progressLine(layer, columns), columns);
    if (layers.length <= room) return layers.map(line);
    const atWork = layers.filter((layer) => PROGRESS_BAR_STATUSES.has(layer.status));
    const others = layers.filter((layer) => !PROGRESS_BAR_STATUSES.has(layer.status));
    const shown = new Set([...atWork, ...others].slice(0, room - 1));
    const done = layers.filter(({ status }) => isDone(status)).length;
    const summary = `${layers.length} layers, ${done} done, ${
      layers.length - shown.size
    } not shown`;
    return [fitWidth(summary, columns), ...layers.filter((layer) => shown.has(layer)).map(line)];
  }
}

/** The seconds of a countdown make no new status. */
function statusName({ status }: LayerEvent): string {
  return status.replace(/\d+ seconds?$/, "");
}
