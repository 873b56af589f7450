/**
 * From a task that pushes pieces to a consumer that asks for them.
 *
 * @module
 */

/** Takes a piece; its promise is kept when the consumer asks for the next one. */
export type PieceSink = (piece: Uint8Array) => Promise<void>;

/**
 * Turns pushing into pulling, without a buffer in between.
 *
 * @param transfer Pushes the pieces; must end soon after its signal is aborted. Begins when the first
 * piece is asked for.
 * @returns The pieces; ends, or fails, as the transfer does. Ending it early ends the transfer.
 */
export async function* handOver(
  transfer: (sink: PieceSink, signal: AbortSignal) => Promise<void>,
): AsyncGenerator<Uint8Array, void> {
  const stop = new AbortController();
  let offer = Promise.withResolvers<Uint8Array | undefined>();
  let taken = Promise.withResolvers<void>();
  const sink: PieceSink = (piece) => {
    stop.signal.throwIfAborted();
    taken = Promise.withResolvers();
    offer.resolve(piece);
    return taken.promise;
  };
  const transferring = transfer(sink, stop.signal).then(
    () => offer.resolve(undefined),
    (error) => offer.reject(error),
  );
  try {
    while (true) {
      const piece = await offer.promise;
      if (piece === undefined) return;
      offer = Promise.withResolvers();
      yield piece;
      taken.resolve();
    }
  } finally {
    stop.abort();
    // The transfer may be waiting for its piece to be taken; it ends with the next one it offers.
    taken.resolve();
    offer.promise.catch(() => {});
    await transferring;
  }
}
