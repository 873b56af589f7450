/**
 * Waits for something that happens outside this process and cannot be awaited.
 *
 * @module
 */

import { PACE } from "./pace.ts";

/** Bounds of {@linkcode waitUntil}. */
export interface WaitOptions {
  /**
   * Milliseconds after which the wait fails, at the usual pace.
   *
   * @default 10000
   */
  timeoutMs?: number;
  /**
   * Milliseconds between two looks.
   *
   * @default 20
   */
  intervalMs?: number;
}

/**
 * Looks again and again until there is something to see.
 *
 * @param what What is waited for, for the error.
 * @param look Returns the thing, or `undefined` or `false` while it is not there.
 * @param options The bounds.
 * @returns What `look` returned.
 * @throws {Error} When the time is over.
 */
export async function waitUntil<T>(
  what: string | (() => string),
  look: () => T | undefined | false | Promise<T | undefined | false>,
  options: WaitOptions = {},
): Promise<T> {
  const { timeoutMs = 10_000, intervalMs = 20 } = options;
  const end = performance.now() + timeoutMs * PACE;
  while (true) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > end) {
      const text = typeof what === "string" ? what : what();
      throw new Error(`Cannot wait for ${text}: not there after ${timeoutMs} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
