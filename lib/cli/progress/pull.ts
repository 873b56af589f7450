/**
 * How a pull shows on the screen: for `tsd pull`, and for `tsd run` of an image that is missing.
 *
 * @module
 */

import {
  familiarName,
  type LayerState,
  type PulledImage,
  type PullProgress as PullReport,
  type Reference,
  shortId,
} from "../../engine/mod.ts";
import type { ProcessContext } from "../command_line/mod.ts";
import { LayerProgress, type LayerStatus } from "./progress.ts";
import type { TextOutput } from "../text_output.ts";

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
  const progress = new LayerProgress({
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

/** Tells of one pull in Docker's words. */
export interface PullNarration {
  /**
   * Shows what the pull reports.
   *
   * @param report The report.
   */
  update(report: PullReport): void;
  /**
   * Says what came of it.
   *
   * @param pulled The image.
   */
  done(pulled: PulledImage): void;
  /** Leaves the last state on the screen. */
  finish(): void;
}

/**
 * Tells of one pull in Docker's words, with a display of its layers.
 *
 * @param reference The image's name.
 * @param output Where it is told.
 * @param process Knows the terminal's size.
 * @returns What to tell it by.
 */
export function narratePull(
  reference: Reference,
  output: TextOutput,
  process: Pick<ProcessContext, "terminalSize">,
): PullNarration {
  const display = pullDisplay(output, process);
  const { digest, repository, tag } = reference;
  return {
    update(report) {
      if (report.kind === "resolved") display.line(`${digest ?? tag}: Pulling from ${repository}`);
      display.update(report);
    },
    done(pulled) {
      const isNew = pulled.status === "downloaded";
      const state = isNew ? "Downloaded newer image for" : "Image is up to date for";
      output.line(`Digest: ${pulled.digest}`);
      output.line(`Status: ${state} ${familiarName(reference)}`);
    },
    finish: () => display.finish(),
  };
}
