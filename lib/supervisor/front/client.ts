/**
 * The supervisor, as a command sees it.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { Roots } from "../../state/mod.ts";
import { FrameReader, FrameWriter } from "./frame_stream.ts";
import {
  type ClientMessage,
  encodeHeader,
  encodeMessage,
  type Frame,
  PROTOCOL_VERSION,
} from "../protocol.ts";
import { socketPath, supervisorIdentity } from "../own/presence.ts";
import { startSupervisor } from "../own/start_supervisor.ts";

// A supervisor that ends takes a few milliseconds from giving up its socket to giving up its lock.
const RETRY_MILLISECONDS = 5;
const RETRIES = 1_000;

/** A connection to an instance's supervisor. */
export class SupervisorConnection {
  readonly #connection: Deno.Conn;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  #isBegun = false;
  /** The version of the protocol that is spoken: the supervisor's, or ours if that is older. */
  readonly version: number;

  /**
   * Talks over a connection from now on.
   *
   * @param connection Connected to the supervisor's socket.
   * @param version The version of the protocol that the supervisor speaks.
   */
  constructor(connection: Deno.Conn, version: number) {
    this.#connection = connection;
    this.version = Math.min(version, PROTOCOL_VERSION);
    this.#reader = new FrameReader(connection);
    this.#writer = new FrameWriter(connection);
  }

  /**
   * Sends a message; the first one says what version of the protocol it is in.
   *
   * @param message The message.
   * @returns When the kernel has it.
   */
  send(message: ClientMessage): Promise<void> {
    const { version } = this;
    const says = !this.#isBegun && version > 0;
    this.#isBegun = true;
    return this.#writer.send(encodeMessage(says ? { ...message, version } : message));
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
    // Looked at now: it says so before it listens, so the file is its own, or that of one which has
    // followed it; then this connection is lost.
    return new SupervisorConnection(connection, supervisorIdentity(roots)?.protocol ?? 0);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.ConnectionRefused) return undefined;
    // It has ended before it let us in.
    if (error instanceof Deno.errors.ConnectionReset) return undefined;
    throw error;
  }
}

/**
 * Connects to an instance's supervisor, after starting one where there is none, or in place of one
 * that is too old.
 *
 * @param roots The instance's.
 * @param version The version of the protocol that it has to speak.
 * @returns The connection.
 * @throws {EngineError} `system`: none can be started.
 */
export async function connectSupervisor(roots: Roots, version = 0): Promise<SupervisorConnection> {
  for (let attempt = 0; attempt < RETRIES; attempt++) {
    const connection = await connectIfRunning(roots);
    if (connection && connection.version >= version) return connection;
    if (connection) {
      connection.close();
      const { endOldSupervisor } = await import("../own/end_old_supervisor.ts");
      await endOldSupervisor(roots, version);
      continue;
    }
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
