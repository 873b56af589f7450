/**
 * Doing several things at once, but not all.
 *
 * @module
 */

/** How {@linkcode forEachBounded} works. */
export interface BoundedOptions {
  /** How many items are worked on at the same time; at least 1. */
  limit: number;
  /** Ends the work. */
  signal?: AbortSignal | undefined;
}

/**
 * Works on items in their order, a few at a time; the first failure ends the work on the others.
 *
 * @param items The items.
 * @param options How many at the same time.
 * @param work Works on one item; must end soon after its signal is aborted.
 * @throws What the first failed item threw, after all work has ended.
 */
export async function forEachBounded<T>(
  items: readonly T[],
  options: BoundedOptions,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const queue = items.values();
  const failures: unknown[] = [];
  const runner = async () => {
    for (const item of queue) {
      if (signal.aborted) return;
      try {
        await work(item, signal);
      } catch (error) {
        failures.push(error);
        stop.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.limit, items.length) }, runner));
  options.signal?.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}
