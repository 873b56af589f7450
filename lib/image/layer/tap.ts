/**
 * Looking at a stream as it passes.
 *
 * @module
 */

/**
 * Shows each piece of a stream to somebody before it is passed on.
 *
 * @param source The stream.
 * @param see Called with each piece; what it throws ends the stream.
 * @returns The same pieces.
 */
export async function* tap(
  source: AsyncIterable<Uint8Array>,
  see: (piece: Uint8Array) => void,
): AsyncGenerator<Uint8Array, void> {
  for await (const piece of source) {
    see(piece);
    yield piece;
  }
}
