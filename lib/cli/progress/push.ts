/**
 * How a push shows on the screen.
 *
 * @module
 */

import {
  familiarRepository,
  type PushedLayerState,
  type PushProgress as PushReport,
  type Reference,
  repositoryName,
  shortId,
} from "../../engine/mod.ts";
import type { ProcessContext } from "../command_line/mod.ts";
import { LayerProgress, type LayerStatus } from "./progress.ts";
import type { TextOutput } from "../text_output.ts";

const STATUS: Readonly<Record<Exclude<PushedLayerState, "mounted">, LayerStatus>> = {
  preparing: "Preparing",
  pushing: "Pushing",
  pushed: "Pushed",
  exists: "Layer already exists",
  skipped: "Skipped foreign layer",
};

// Where the terminal does not know its own size.
const USUAL_SIZE = { columns: 80, rows: 24 };

/** Tells of a push in Docker's words. */
export interface PushNarration {
  /** Says where to it is pushed, which Docker does before it looks whether there is such an image. */
  begin(): void;
  /**
   * Shows what the push reports.
   *
   * @param report The report.
   */
  update(report: PushReport): void;
  /** Leaves the last state on the screen. */
  finish(): void;
}

/**
 * Tells of a push in Docker's words, with a display of its layers: bars on a terminal, lines
 * elsewhere.
 *
 * @param reference The name that is pushed.
 * @param output Where it is told.
 * @param process Knows the terminal's size.
 * @returns What to tell it by.
 */
export function narratePush(
  reference: Reference,
  output: TextOutput,
  process: Pick<ProcessContext, "terminalSize">,
): PushNarration {
  const progress = new LayerProgress({
    write: (text) => output.write(text),
    size: output.isTerminal() ? () => process.terminalSize() ?? USUAL_SIZE : undefined,
  });
  // What is tried again is named by its digest, and layers are shown by their diff ID.
  const layers = new Map<string, string>();
  return {
    begin: () => output.line(`The push refers to repository [${repositoryName(reference)}]`),
    finish: () => progress.finish(),
    update(report) {
      if (report.kind === "resolved") {
        for (const { diffId, digest } of report.layers) {
          layers.set(digest, shortId(diffId));
          progress.update({ layer: shortId(diffId), status: "Preparing" });
        }
      } else if (report.kind === "layer") {
        // As in Docker, what only a bar could show is no line of its own.
        if (report.state === "pushing" && !output.isTerminal()) return;
        const { sent: current, size: total } = report;
        progress.update({
          layer: shortId(report.diffId),
          status: layerStatus(report),
          current,
          total,
        });
      } else if (report.kind === "retrying") {
        const layer = layers.get(report.subject);
        if (layer === undefined) return;
        const seconds = Math.ceil(report.delayMilliseconds / 1000);
        const status = `Retrying in ${seconds} second${seconds === 1 ? "" : "s"}` as const;
        progress.update({ layer, status });
      } else {
        progress.finish();
        const { reference: { tag }, digest, size } = report.image;
        output.line(`${tag}: digest: ${digest} size: ${size}`);
      }
    },
  };
}

function layerStatus({ state, from }: Extract<PushReport, { kind: "layer" }>): LayerStatus {
  return state === "mounted"
    ? `Mounted from ${familiarRepository({ registry: "docker.io", repository: from! })}`
    : STATUS[state];
}
