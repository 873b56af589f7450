/**
 * The options of commands that stop containers.
 *
 * @module
 */

import type { StopContainerOptions } from "../../engine/mod.ts";

/**
 * Turns options into what the engine is asked for.
 *
 * @param options The options; `time` is an older name of `timeout`.
 * @returns What the engine is asked for.
 */
export function stopOptions(options: {
  signal: string | undefined;
  timeout: number | undefined;
  time: number | undefined;
}): StopContainerOptions {
  const timeoutSeconds = options.timeout ?? options.time;
  return {
    ...options.signal !== undefined && { signal: options.signal },
    ...timeoutSeconds !== undefined && { timeoutSeconds },
  };
}
