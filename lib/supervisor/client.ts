/**
 * The supervisor, as a command sees it.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import type { Roots } from "../state/mod.ts";
import { FrameReader, FrameWriter } from "./frame_stream.ts";
import { type ClientMessage, encodeHeader, encodeMessage, type Frame } from "./protocol.ts";
import { socketPath } from "./presence.ts";
import { startSupervisor } from "./start_supervisor.ts";

// A supervisor that ends takes a few milliseconds from giving up its socket to giving up its lock.
const RETRY_MILLISECONDS = 5;
const RETRIES = 1_000;

/** A connection to an instance's supervisor. */
export class SupervisorConnection {
  readonly #connection: Deno.Conn;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;

  /**
   * Talks over a connection from now on.
   *
   * @param connection Connected to the supervisor's socket.
   */
  constructor(connection: Deno.Conn) {
    this.#connection = connection;
    this.#reader = new FrameReader(connection);
    this.#writer = new FrameWriter(connection);
  }

  /**
   * Sends a message.
   *
   * @param message The message.
   * @returns When the kernel has it.
   */
  send(message: ClientMessage): Promise<void> {
    return this.#writer.send(encodeMessage(message));
  }

  /**
   * Sends bytes of a stream.
   *
   * @param stream A value of `FrameType`.
   * @param bytes The bytes.
   * @returns When the kernel has them.
   */
  write(stream: number, bytes: Uint8Array): Promise<void> {
    return this.#writer.send(encodeHeader(stream, bytes.length), bytes);
  }

  /**
   * Waits for what the supervisor sends next.
   *
   * @returns The frame, or nothing once the connection has ended.
   */
  next(): Promise<Frame | undefined> {
    return this.#reader.next();
  }

  /** Ends the connection. */
  close(): void {
    this.#connection.close();
  }
}

/**
 * Connects to an instance's supervisor, if there is one.
 *
 * @param roots The instance's.
 * @returns The connection, or nothing where nobody listens.
 */
export async function connectIfRunning(roots: Roots): Promise<SupervisorConnection | undefined> {
  try {
    const connection = await Deno.connect({ transport: "unix", path: socketPath(roots) });
    return new SupervisorConnection(connection);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.ConnectionRefused) return undefined;
    // It has ended before it let us in.
    if (error instanceof Deno.errors.ConnectionReset) return undefined;
    throw error;
  }
}

/**
 * Connects to an instance's supervisor, after starting one where there is none.
 *
 * @param roots The instance's.
 * @returns The connection.
 * @throws {EngineError} `system`: none can be started.
 */
export async function connectSupervisor(roots: Roots): Promise<SupervisorConnection> {
  for (let attempt = 0; attempt < RETRIES; attempt++) {
    const connection = await connectIfRunning(roots);
    if (connection) return connection;
    if (await startSupervisor(roots)) continue;
    // Someone else is starting one, or one is ending: the next look will tell.
    await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
  }
  throw new EngineError(
    `Cannot reach the supervisor: another process holds "${roots.run}/supervisor.lock" and does ` +
      `not answer`,
    { kind: "system" },
  );
}
