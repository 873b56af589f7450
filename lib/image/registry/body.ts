/**
 * Reading the bodies of answers, with limits of size and silence.
 *
 * @module
 */

/** Thrown where a body stayed silent for too long. */
export class IdleTimeoutError extends Error {
  /** The class's name, as `Error.prototype.name` is. */
  override readonly name: string = "IdleTimeoutError";

  /** Creates the error. */
  constructor() {
    super("the body timed out");
  }
}

/** Thrown if a body came too slowly: whoever serves it so keeps who waits for it from all else. */
export class SlowTransferError extends Error {
  /** The class's name, as `Error.prototype.name` is. */
  override readonly name: string = "SlowTransferError";

  /**
   * Creates the error.
   *
   * @param bytesPerSecond The rate that was to be kept.
   */
  constructor(bytesPerSecond: number) {
    super(`the body came at less than ${bytesPerSecond} bytes a second`);
  }
}

/** How long a body may stay silent before it counts as broken, in milliseconds. */
export const IDLE_MILLISECONDS = 60_000;

/** The lowest rate of a body, over the time that it may stay silent; see `min-download-rate`. */
export const LEAST_BYTES_PER_SECOND = 1024;

/** A piece's largest size: what a connection delivers at once. */
const PIECE_BYTES = 64 * 1024;

/**
 * Reads a body piece by piece.
 *
 * The time the consumer takes for a piece does not count as silence, nor for the rate.
 *
 * @param body The body, or null for an empty one.
 * @param idleMilliseconds How long it may stay silent.
 * @param bytesPerSecond How much has to come in that time, on the average; 0 is any amount.
 * @returns The pieces, each gone once the next one is asked for; leaving the loop cancels the
 * transfer.
 * @throws {IdleTimeoutError} It stayed silent.
 * @throws {SlowTransferError} It came too slowly.
 */
export async function* bodyChunks(
  body: ReadableStream<Uint8Array> | null,
  idleMilliseconds: number = IDLE_MILLISECONDS,
  bytesPerSecond: number = LEAST_BYTES_PER_SECOND,
): AsyncGenerator<Uint8Array, void, void> {
  if (body === null) return;
  const reader = openReader(body);
  const rate = new Rate(idleMilliseconds, bytesPerSecond);
  let isSilent = false;
  const giveUp = () => {
    isSilent = true;
    // Ends the pending read; what the cancelled transfer itself says no longer matters.
    reader.cancel().catch(() => {});
  };
  try {
    while (true) {
      const timer = setTimeout(giveUp, idleMilliseconds);
      const begun = performance.now();
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      if (isSilent) throw new IdleTimeoutError();
      if (done || value === undefined) return;
      rate.add(value.length, performance.now() - begun);
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {}); // nothing happens where the body has ended
  }
}

/** How quickly a body comes, over one period of waiting after another. */
class Rate {
  readonly #period: number;
  readonly #least: number;
  #bytes = 0;
  #waited = 0;

  constructor(periodMilliseconds: number, bytesPerSecond: number) {
    this.#period = periodMilliseconds;
    this.#least = bytesPerSecond;
  }

  /** Counts a piece, and the milliseconds it was waited for. */
  add(bytes: number, waited: number): void {
    this.#bytes += bytes;
    this.#waited += waited;
    if (this.#waited < this.#period) return;
    if (this.#bytes * 1000 < this.#least * this.#waited) throw new SlowTransferError(this.#least);
    this.#bytes = 0;
    this.#waited = 0;
  }
}

/** Reads pieces, or ends the transfer. */
interface PieceReader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/**
 * Reads into one buffer again and again: as garbage, which is collected late, the pieces of a large
 * blob would hold tens of megabytes.
 */
function openReader(body: ReadableStream<Uint8Array>): PieceReader {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = body.getReader({ mode: "byob" });
  } catch (error) {
    // Only a stream of bytes can fill a given buffer; those that come from the network are.
    if (error instanceof TypeError) return body.getReader();
    throw error;
  }
  let buffer = new ArrayBuffer(PIECE_BYTES);
  return {
    cancel: () => reader.cancel(),
    async read() {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (value !== undefined) buffer = value.buffer;
      // Frees it at once, unless a read that was cancelled has kept it.
      if (done && !buffer.detached) buffer.transfer(0);
      return { done, value };
    },
  };
}

/**
 * Reads a body up to a bound, and cancels the rest.
 *
 * @param response The answer.
 * @param limit The most bytes that are wanted.
 * @returns The bytes; one more than the limit where the body goes on.
 */
export async function readBounded(
  response: Response,
  limit: number,
  idleMilliseconds?: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bodyChunks(response.body, idleMilliseconds)) {
    chunks.push(chunk.slice());
    length += chunk.length;
    if (length > limit) break;
  }
  const bytes = new Uint8Array(Math.min(length, limit + 1));
  let offset = 0;
  for (const chunk of chunks) {
    const room = bytes.length - offset;
    bytes.set(chunk.length > room ? chunk.subarray(0, room) : chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
