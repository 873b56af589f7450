/**
 * A client, as the supervisor sees it.
 *
 * @module
 */

import { describeError, EngineError } from "../../errors.ts";
import { FrameReader, FrameWriter } from "./frame_stream.ts";
import type { OutputSink } from "../output/pump.ts";
import {
  type ClientMessage,
  decodeMessage,
  encodeHeader,
  encodeMessage,
  type Frame,
  PROTOCOL_VERSION,
  type Request,
  type SupervisorMessage,
} from "../protocol.ts";

/** One connection to the supervisor's socket. */
export class ClientConnection implements OutputSink {
  readonly #connection: Deno.Conn;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #ahead: Promise<Frame | undefined>[] = [];

  /**
   * Talks over a connection from now on.
   *
   * @param connection The accepted connection.
   */
  constructor(connection: Deno.Conn) {
    this.#connection = connection;
    this.#reader = new FrameReader(connection);
    this.#writer = new FrameWriter(connection);
  }

  /** How many bytes the client has yet to take. */
  get pending(): number {
    return this.#writer.pending;
  }

  /**
   * Waits for the client's next frame.
   *
   * @returns The frame, or nothing once it has gone.
   */
  next(): Promise<Frame | undefined> {
    return this.#ahead.shift() ?? this.#reader.next();
  }

  /**
   * Gives back what was read before its time, and what is being waited for.
   *
   * @param frames What {@linkcode next} gives next, in that order.
   */
  giveBack(frames: readonly Promise<Frame | undefined>[]): void {
    this.#ahead.unshift(...frames);
  }

  /**
   * Waits for the message that says what the client wants.
   *
   * @returns The message, or nothing once it has gone.
   * @throws {EngineError} `unavailable`: it is in a version of the protocol that is newer than ours.
   */
  async request(): Promise<ClientMessage | undefined> {
    const frame = await this.#reader.next();
    if (!frame) return undefined;
    const { version = 0, ...message } = decodeMessage<Request>(frame);
    if (version <= PROTOCOL_VERSION) return message;
    throw new EngineError(
      `Cannot understand "${message.kind}": it is in version ${version} of the supervisor's ` +
        `protocol, and this supervisor speaks version ${PROTOCOL_VERSION}`,
      { kind: "unavailable" },
    );
  }

  /**
   * Sends some output of the container to the client.
   *
   * @param stream `STDOUT` or `STDERR` of `FrameType`.
   * @param bytes The output.
   */
  write(stream: number, bytes: Uint8Array): void {
    this.#writer.send(encodeHeader(stream, bytes.length), bytes);
  }

  /**
   * Sends a message behind everything before it.
   *
   * @param message The message.
   */
  send(message: SupervisorMessage): void {
    this.#writer.send(encodeMessage(message));
  }

  /**
   * Tells the client that what it wants cannot be done.
   *
   * @param error What was thrown.
   */
  fail(error: unknown): void {
    this.send({
      kind: "failed",
      error: error instanceof EngineError ? error.kind : "system",
      message: describeError(error),
    });
  }

  /** Waits until the kernel has everything that was sent. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** Ends the connection. */
  close(): void {
    try {
      this.#connection.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}
