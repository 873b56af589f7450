/**
 * How a pull shows on the screen: for `tsd pull`, and for `tsd run` of an image that is missing.
 *
 * @module
 */

import type { LayerState, PullProgress as PullReport } from "../image/pull/mod.ts";
import type { ProcessContext } from "./command_line/mod.ts";
import { type LayerStatus, PullProgress } from "./progress.ts";
import type { TextOutput } from "./text_output.ts";
import { shortId } from "./units.ts";

const STATUS: Readonly<Record<LayerState, LayerStatus>> = {
  waiting: "Waiting",
  downloading: "Downloading",
  verifying: "Verifying Checksum",
  extracting: "Extracting",
  done: "Pull complete",
  exists: "Already exists",
};

// Where the terminal does not know its own size.
const USUAL_SIZE = { columns: 80, rows: 24 };

/** Shows one pull. */
export interface PullDisplay {
  /**
   * Prints a line; to be done before the first layer shows.
   *
   * @param text The line.
   */
  line(text: string): void;
  /**
   * Shows what a pull reports.
   *
   * @param report The report.
   */
  update(report: PullReport): void;
  /** Leaves the last state on the screen. */
  finish(): void;
}

/**
 * Creates a display of one pull: bars on a terminal, lines elsewhere.
 *
 * @param output Where it shows.
 * @param process Knows the terminal's size.
 * @returns The display; nothing shows yet.
 */
export function pullDisplay(
  output: TextOutput,
  process: Pick<ProcessContext, "terminalSize">,
): PullDisplay {
  const progress = new PullProgress({
    write: (text) => output.write(text),
    size: output.isTerminal() ? () => process.terminalSize() ?? USUAL_SIZE : undefined,
  });
  const layers = new Set<string>();
  return {
    line: (text) => output.line(text),
    finish: () => progress.finish(),
    update(report) {
      if (report.kind === "resolved") {
        // Nothing to show of an image that is there already.
        if (report.layers.every(({ exists }) => exists)) return;
        for (const { digest, exists } of report.layers) {
          layers.add(digest);
          const status = exists ? "Already exists" : "Pulling fs layer";
          progress.update({ layer: shortId(digest), status });
        }
      } else if (report.kind === "retrying") {
        if (!layers.has(report.subject)) return;
        const seconds = Math.ceil(report.delayMilliseconds / 1000);
        const status = `Retrying in ${seconds} second${seconds === 1 ? "" : "s"}` as const;
        progress.update({ layer: shortId(report.subject), status });
      } else if (layers.has(report.digest)) {
        const { digest, state, received, size } = report;
        progress.update({
          layer: shortId(digest),
          status: STATUS[state],
          current: received,
          total: size,
        });
      }
    },
  };
}
