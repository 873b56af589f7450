/**
 * Frames over a connection.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { type Frame, FRAME_HEADER_SIZE, LONGEST_PAYLOAD } from "./protocol.ts";

const INITIAL_BUFFER = 64 << 10;

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

/** Sends frames, in order. */
export class FrameWriter {
  readonly #connection: Pick<Deno.Conn, "write">;
  #last: Promise<void> = Promise.resolve();
  #pending = 0;
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
    return this.#pending;
  }

  /**
   * Sends a frame behind those before it.
   *
   * @param frame What `encodeFrame` made; not to be changed after that.
   * @returns When the kernel has taken it. Once the other side is gone, frames are dropped: whoever
   * reads from the connection notices.
   */
  send(frame: Uint8Array): Promise<void> {
    this.#pending += frame.length;
    this.#last = this.#last.then(() => this.#write(frame));
    return this.#last;
  }

  /** Waits until everything that was sent is on its way. */
  flush(): Promise<void> {
    return this.#last;
  }

  async #write(frame: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < frame.length && !this.#broken;) {
        at += await this.#connection.write(frame.subarray(at));
      }
    } catch {
      this.#broken = true;
    } finally {
      this.#pending -= frame.length;
    }
  }
}
