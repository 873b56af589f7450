/**
 * Frames over a connection.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { type Frame, FRAME_HEADER_SIZE, LONGEST_PAYLOAD } from "../protocol.ts";

const INITIAL_BUFFER = 64 << 10;
const LEAST_ROOM = 1 << 10;
// More than a client that reads ever lags behind.
const MOST_KEPT = 2 << 20;

/** Receives frames. */
export class FrameReader {
  readonly #connection: Pick<Deno.Conn, "read">;
  #buffer = new Uint8Array(INITIAL_BUFFER);
  #start = 0;
  #end = 0;

  /**
   * Reads from a connection from now on.
   *
   * @param connection Nobody else may read from it.
   */
  constructor(connection: Pick<Deno.Conn, "read">) {
    this.#connection = connection;
  }

  /**
   * Waits for the next frame.
   *
   * @returns The frame, or nothing once the other side has closed the connection.
   * @throws {EngineError} `system`: what arrived is no frame.
   */
  async next(): Promise<Frame | undefined> {
    if (!await this.#fill(FRAME_HEADER_SIZE)) return undefined;
    const view = new DataView(this.#buffer.buffer, this.#start, FRAME_HEADER_SIZE);
    const type = view.getUint8(0);
    const length = view.getUint32(1);
    if (length > LONGEST_PAYLOAD) {
      throw new EngineError(
        `Cannot read from the supervisor's socket: a frame of ${length} bytes`,
        {
          kind: "system",
        },
      );
    }
    if (!await this.#fill(FRAME_HEADER_SIZE + length)) return undefined;
    const from = this.#start + FRAME_HEADER_SIZE;
    this.#start = from + length;
    return { type, payload: this.#buffer.subarray(from, this.#start) };
  }

  /** Makes sure that a number of bytes is at hand; tells whether they came. */
  async #fill(count: number): Promise<boolean> {
    if (this.#start + count > this.#buffer.length) this.#makeRoom(count);
    while (this.#end - this.#start < count) {
      const read = await this.#read();
      if (read === null) return false;
      this.#end += read;
    }
    return true;
  }

  async #read(): Promise<number | null> {
    try {
      return await this.#connection.read(this.#buffer.subarray(this.#end));
    } catch (error) {
      // The other side died with something unread, or we closed the connection ourselves.
      if (error instanceof Deno.errors.ConnectionReset) return null;
      if (error instanceof Deno.errors.BadResource) return null;
      if (error instanceof Deno.errors.Interrupted) return null;
      throw error;
    }
  }

  #makeRoom(count: number): void {
    const old = this.#buffer.subarray(this.#start, this.#end);
    if (count > this.#buffer.length) {
      this.#buffer = new Uint8Array(Math.max(count, this.#buffer.length * 2));
      this.#buffer.set(old);
    } else {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    }
    this.#end -= this.#start;
    this.#start = 0;
  }
}

/**
 * Sends frames, in order. Those that come while others are being written go together after them: many
 * small ones take one write, and large ones no memory of their own.
 */
export class FrameWriter {
  readonly #connection: Pick<Deno.Conn, "write">;
  /** Frames that wait for those being written. */
  #waiting = new Uint8Array();
  #waitingLength = 0;
  /** Room for the next ones, once those that wait are being written. */
  #spare = new Uint8Array();
  #unwritten = 0;
  #last: Promise<void> = Promise.resolve();
  /** Whether the last write has yet to begin. */
  #isWaiting = false;
  #broken = false;

  /**
   * Writes to a connection from now on.
   *
   * @param connection Nobody else may write to it.
   */
  constructor(connection: Pick<Deno.Conn, "write">) {
    this.#connection = connection;
  }

  /** How many bytes were given to {@linkcode send} and not yet taken by the kernel. */
  get pending(): number {
    return this.#waitingLength + this.#unwritten;
  }

  /**
   * Sends a frame behind those before it.
   *
   * @param parts Its header and payload, in one or apart; they may be changed after the call.
   * @returns When the kernel has taken it. Once the other side is gone, frames are dropped: whoever
   * reads from the connection notices.
   */
  send(...parts: readonly Uint8Array[]): Promise<void> {
    for (const part of parts) this.#append(part);
    if (!this.#isWaiting) {
      this.#isWaiting = true;
      this.#last = this.#last.then(() => this.#writeWaiting());
    }
    return this.#last;
  }

  /** Waits until everything that was sent is on its way. */
  flush(): Promise<void> {
    return this.#last;
  }

  #append(part: Uint8Array): void {
    const length = this.#waitingLength + part.length;
    if (length > this.#waiting.length) {
      const old = this.#waiting.subarray(0, this.#waitingLength);
      this.#waiting = new Uint8Array(Math.max(length, this.#waiting.length * 2, LEAST_ROOM));
      this.#waiting.set(old);
    }
    this.#waiting.set(part, this.#waitingLength);
    this.#waitingLength = length;
  }

  async #writeWaiting(): Promise<void> {
    const buffer = this.#waiting;
    const frames = buffer.subarray(0, this.#waitingLength);
    this.#waiting = this.#spare;
    this.#waitingLength = 0;
    this.#unwritten = frames.length;
    this.#isWaiting = false;
    try {
      while (this.#unwritten > 0 && !this.#broken) {
        this.#unwritten -= await this.#connection.write(frames.subarray(-this.#unwritten));
      }
    } catch {
      this.#broken = true;
    } finally {
      this.#unwritten = 0;
      this.#spare = buffer.length > MOST_KEPT ? new Uint8Array() : buffer;
    }
  }
}
