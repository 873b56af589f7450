/**
 * Being attached to a running container.
 *
 * @module
 */

import type { ContainerRecord } from "../../container/record/store.ts";
import { EngineError } from "../../errors.ts";
import type { Roots } from "../../state/mod.ts";
import { connectSupervisor, type SupervisorConnection } from "../../supervisor/front/client.ts";
import {
  type ClientMessage,
  decodeMessage,
  FrameType,
  INPUT_WINDOW,
  type SupervisorMessage,
  type TerminalDimensions,
  versionOf,
} from "../../supervisor/protocol.ts";

/** Takes a container's output. */
export interface OutputListener {
  /**
   * Takes some output; the container waits while too much of it is not taken.
   *
   * @param stream Where it came from; with a terminal all of it is `stdout`.
   * @param bytes The output; valid until the promise is settled.
   * @returns When more can be taken.
   */
  (stream: "stdout" | "stderr", bytes: Uint8Array<ArrayBuffer>): Promise<void> | void;
}

type AttachRequest = Extract<ClientMessage, { kind: "attach" }>;

// So that a part that was taken makes room for the next before all of the window was.
const INPUT_PIECE = INPUT_WINDOW / 4;

/** The supervisor died before it answered. */
export class SupervisorLostError extends EngineError {
  /** The class's name, as `Error.prototype.name` is. */
  override readonly name: string = "SupervisorLostError";

  /** Creates the error. */
  constructor() {
    super("Cannot get an answer: the supervisor died, try again", { kind: "unavailable" });
  }
}

/** How many supervisors may die over one request; it is the cause where so many have. */
export const MOST_LOST = 5;

/** How to attach. */
export interface AttachOptions {
  /** Takes the output. */
  onOutput: OutputListener;
  /**
   * Whether the container is killed when this process goes away.
   *
   * @default false
   */
  owner?: boolean;
}

/** A connection to a running container's streams. */
export class Attachment {
  readonly #roots: Roots;
  /** What is asked for again when the supervisor dies. */
  readonly #request: AttachRequest;
  readonly #options: AttachOptions;
  #connection: SupervisorConnection;
  #untaken = 0;
  #ended = false;
  #room: PromiseWithResolvers<void> | undefined;
  /** Settles with the command's exit code once it has ended and all its output was taken. */
  readonly exitCode: Promise<number>;

  private constructor(
    roots: Roots,
    request: AttachRequest,
    options: AttachOptions,
    connection: SupervisorConnection,
  ) {
    this.#roots = roots;
    this.#request = request;
    this.#options = options;
    this.#connection = connection;
    this.exitCode = this.#follow();
  }

  /**
   * Starts a container and attaches to it.
   *
   * @param roots The instance's.
   * @param connection To the supervisor; the attachment's from now on.
   * @param id The container's whole id.
   * @param options How to attach.
   * @param size The terminal's size, where there is one.
   * @returns The attachment; the command runs.
   * @throws {EngineError} The container cannot be started.
   */
  static async start(
    roots: Roots,
    connection: SupervisorConnection,
    id: string,
    options: AttachOptions,
    size: TerminalDimensions | undefined,
  ): Promise<Attachment> {
    try {
      const { owner = false } = options;
      await connection.send({ kind: "start", id, attach: true, owner, ...size && { size } });
      const message = await awaitAnswer(connection);
      if (message.kind === "started") {
        return new Attachment(roots, { kind: "attach", id, owner }, options, connection);
      }
      throw new EngineError(`Cannot start container "${id}": unexpected "${message.kind}"`, {
        kind: "system",
      });
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /**
   * Attaches to a container that was started.
   *
   * @param roots The instance's.
   * @param id The container's whole id.
   * @param options How to attach.
   * @returns The attachment; where the container has ended, its exit code is there at once.
   * @throws {EngineError} There is no supervisor to be had.
   */
  static async reattach(roots: Roots, id: string, options: AttachOptions): Promise<Attachment> {
    const connection = await connectSupervisor(roots);
    const request = { kind: "attach", id, owner: options.owner ?? false } as const;
    await connection.send(request);
    return new Attachment(roots, request, options, connection);
  }

  /**
   * Attaches to a container before its next start, whoever starts it.
   *
   * @param roots The instance's.
   * @param record The container, which does not run.
   * @param options How to attach.
   * @returns The attachment; from now on nothing of what its next run writes is missed.
   * @throws {EngineError} There is no supervisor to be had.
   */
  static async attachNext(
    roots: Roots,
    { id, startedAt }: Pick<ContainerRecord, "id" | "startedAt">,
    options: AttachOptions,
  ): Promise<Attachment> {
    const request = {
      kind: "attach",
      id,
      owner: options.owner ?? false,
      nextAfter: startedAt ?? null,
    } as const;
    for (let lost = 1;; lost++) {
      const connection = await connectSupervisor(roots, versionOf(request));
      try {
        await connection.send(request);
        await awaitAnswer(connection);
        return new Attachment(roots, request, options, connection);
      } catch (error) {
        connection.close();
        if (!(error instanceof SupervisorLostError) || lost === MOST_LOST) throw error;
      }
    }
  }

  /**
   * Writes to the command's standard input or terminal.
   *
   * @param bytes The bytes.
   * @returns When they are on their way: it waits while the command does not read.
   */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += INPUT_PIECE) {
      const piece = bytes.subarray(at, at + INPUT_PIECE);
      while (this.#untaken + piece.length > INPUT_WINDOW && !this.#ended) {
        this.#room ??= Promise.withResolvers();
        await this.#room.promise;
      }
      this.#untaken += piece.length;
      await this.#connection.write(FrameType.STDIN, piece);
    }
  }

  #taken(bytes: number): void {
    this.#untaken -= bytes;
    this.#room?.resolve();
    this.#room = undefined;
  }

  /** Lets the command see the end of its standard input. */
  closeInput(): Promise<void> {
    return this.#send({ kind: "closeStdin" });
  }

  /**
   * Sets the size of the command's terminal.
   *
   * @param size The size.
   */
  resize(size: TerminalDimensions): Promise<void> {
    return this.#send({ kind: "resize", size });
  }

  /**
   * Sends the command a signal.
   *
   * @param signal The signal's number.
   */
  signal(signal: number): Promise<void> {
    return this.#send({ kind: "signal", signal });
  }

  /**
   * Leaves the command, which lives on.
   *
   * @returns When this process may end.
   */
  leave(): Promise<void> {
    return this.#send({ kind: "detach" });
  }

  #send(message: ClientMessage): Promise<void> {
    return this.#connection.send(message);
  }

  async #follow(): Promise<number> {
    try {
      while (true) {
        const exitCode = await this.#readUntilEnd();
        if (exitCode !== undefined) return exitCode;
        // The supervisor died. The next one adopts the container, and knows how it ends.
        this.#connection = await connectSupervisor(this.#roots, versionOf(this.#request));
        // What was under way to the old one is lost.
        this.#taken(this.#untaken);
        await this.#send(this.#request);
      }
    } finally {
      this.#ended = true;
      this.#taken(this.#untaken);
    }
  }

  /** Passes output on; gives the exit code, or nothing when the connection was lost. */
  async #readUntilEnd(): Promise<number | undefined> {
    using _connection = { [Symbol.dispose]: () => this.#connection.close() };
    for (let frame; (frame = await this.#connection.next());) {
      if (frame.type === FrameType.STDOUT) await this.#options.onOutput("stdout", frame.payload);
      else if (frame.type === FrameType.STDERR) {
        await this.#options.onOutput("stderr", frame.payload);
      } else {
        const message = decodeMessage<SupervisorMessage>(frame);
        if (message.kind === "failed") throw failure(message);
        if (message.kind === "exited") return message.exitCode;
        if (message.kind === "inputTaken") this.#taken(message.bytes);
      }
    }
    return undefined;
  }
}

/**
 * Waits for the answer to a request.
 *
 * @param connection To the supervisor.
 * @returns What it says.
 * @throws {EngineError} What was wanted cannot be done, or the supervisor died.
 */
export async function awaitAnswer(connection: SupervisorConnection): Promise<SupervisorMessage> {
  const frame = await connection.next();
  if (!frame) throw new SupervisorLostError();
  const message = decodeMessage<SupervisorMessage>(frame);
  if (message.kind === "failed") throw failure(message);
  return message;
}

function failure(message: Extract<SupervisorMessage, { kind: "failed" }>): EngineError {
  return new EngineError(message.message, { kind: message.error });
}
