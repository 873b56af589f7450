/**
 * Reading a stream ahead of its use, up to a bound.
 *
 * @module
 */

/**
 * A stream that is read while what came before is still in use.
 *
 * Two buffers take turns: one is filled, the other belongs to whoever took it.
 */
export class ReadAhead {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #capacity: number;
  #filling: Uint8Array<ArrayBuffer>;
  #taken: Uint8Array<ArrayBuffer>;
  #length = 0;
  #reading: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;
  #isOver = false;
  #isClosed = false;
  /** Woken when there is something to take, or nothing more to wait for. */
  #arrival = Promise.withResolvers<void>();
  /** Woken when there is room, or nobody to fill it for. */
  #room = Promise.withResolvers<void>();

  /**
   * Prepares to read; it begins when the first bytes are asked for.
   *
   * @param source The stream; a piece may be reused once the next one is asked for.
   * @param capacity How many bytes are held that were read and not yet asked for.
   */
  constructor(source: AsyncIterable<Uint8Array>, capacity: number) {
    this.#source = source;
    this.#capacity = capacity;
    this.#filling = new Uint8Array(capacity);
    this.#taken = new Uint8Array(capacity);
  }

  /**
   * Takes what has come since, at least a byte.
   *
   * @returns The bytes, nobody else's until the next call; undefined at the stream's end, or once
   * closed.
   * @throws What the source threw, after all bytes that came before.
   */
  async take(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#reading ??= this.#read();
    while (this.#length === 0 && !this.#isOver && !this.#isClosed) {
      this.#arrival = Promise.withResolvers();
      await this.#arrival.promise;
    }
    if (this.#isClosed) return undefined;
    if (this.#length === 0) {
      if (this.#failure !== undefined) throw this.#failure.error;
      return undefined;
    }
    const bytes = this.#filling.subarray(0, this.#length);
    [this.#filling, this.#taken] = [this.#taken, this.#filling];
    this.#length = 0;
    this.#room.resolve();
    return bytes;
  }

  /** Stops reading and ends the source; what it still has to say is of no interest. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#arrival.resolve();
    this.#room.resolve();
    await this.#reading;
  }

  /** Frees the memory at once: as garbage it would be collected late. Nothing may be in use. */
  release(): void {
    this.#filling.buffer.transfer(0);
    this.#taken.buffer.transfer(0);
  }

  async #read(): Promise<void> {
    try {
      for await (const piece of this.#source) {
        await this.#append(piece);
        if (this.#isClosed) break;
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#isOver = true;
    this.#arrival.resolve();
  }

  async #append(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length;) {
      while (this.#length === this.#capacity && !this.#isClosed) {
        this.#room = Promise.withResolvers();
        await this.#room.promise;
      }
      if (this.#isClosed) return;
      const part = piece.subarray(at, at + this.#capacity - this.#length);
      this.#filling.set(part, this.#length);
      this.#length += part.length;
      at += part.length;
      this.#arrival.resolve();
    }
  }
}
