/**
 * A container's log, as one more taker of its output.
 *
 * @module
 */

import type { ContainerRecord } from "../container/mod.ts";
import type { Roots } from "../state/mod.ts";
import type { OutputSink } from "./output_pump.ts";

/**
 * Opens the log of a container.
 *
 * @param _roots The instance's.
 * @param _record The container.
 * @returns What takes its output; nothing where it has no log.
 */
export function openLogSink(_roots: Roots, _record: ContainerRecord): Required<OutputSink>[] {
  return [];
}
