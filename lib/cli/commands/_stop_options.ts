/**
 * The options of commands that stop containers.
 *
 * @module
 */

import type { StopContainerOptions } from "../../engine/mod.ts";
import type { OptionDeclaration, OptionValues } from "../command_line/mod.ts";

/** The options. */
export const STOP_OPTIONS = [
  { name: "signal", short: "s", type: "string", summary: "Signal to send to the container" },
  {
    name: "timeout",
    short: "t",
    type: "int",
    summary: "Seconds to wait before killing the container",
  },
  { name: "time", type: "int", summary: "The same as --timeout", hidden: true },
] as const satisfies readonly OptionDeclaration[];

/**
 * Turns options into what the engine is asked for.
 *
 * @param options The options; `time` is an older name of `timeout`.
 * @returns What the engine is asked for.
 */
export function stopOptions(options: OptionValues<typeof STOP_OPTIONS>): StopContainerOptions {
  const timeoutSeconds = options.timeout ?? options.time;
  return {
    ...options.signal && { signal: options.signal },
    ...timeoutSeconds !== undefined && { timeoutSeconds },
  };
}
