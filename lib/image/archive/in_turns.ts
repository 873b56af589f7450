/**
 * Long synchronous work that lets the event loop turn meanwhile.
 *
 * @module
 */

/** For how long the event loop may be kept waiting, in milliseconds. */
const MAX_TURN = 20;

/**
 * Passes pieces on, and lets the event loop turn now and then: without that no signal would be heard.
 *
 * @param pieces The pieces, made when asked for.
 * @param signal Ends the work.
 * @returns The pieces.
 * @throws The signal's reason.
 */
export async function* inTurns<T>(
  pieces: Iterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void> {
  let turn = performance.now();
  for (const piece of pieces) {
    yield piece;
    if (performance.now() - turn < MAX_TURN) continue;
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    turn = performance.now();
  }
}
