/**
 * Asking an instance's supervisor for something.
 *
 * @module
 */

import type { Roots } from "../../state/mod.ts";
import { connectSupervisor, type SupervisorConnection } from "../../supervisor/front/client.ts";
import {
  type ClientMessage,
  type SupervisorMessage,
  versionOf,
} from "../../supervisor/protocol.ts";
import { awaitAnswer, MOST_LOST, SupervisorLostError } from "./attachment.ts";

/** Requests to an instance's supervisor, which is started where there is none. */
export class SupervisorRequests {
  readonly #roots: Roots;
  #ready: Promise<SupervisorConnection> | undefined;
  #latest: Promise<unknown> = Promise.resolve();

  /**
   * Connects to nobody yet.
   *
   * @param roots The instance's.
   */
  constructor(roots: Roots) {
    this.#roots = roots;
  }

  /** Begins to connect, so that the next request need not wait for it. */
  warmUp(): void {
    this.#ready ??= this.#connectNext();
  }

  /**
   * Connects.
   *
   * @param version The version of the protocol that the supervisor has to speak.
   * @returns A connection that is the caller's to close.
   * @throws {EngineError} `system`: there is no supervisor to be had.
   */
  async connect(version = 0): Promise<SupervisorConnection> {
    const ready = this.#ready;
    this.#ready = undefined;
    const connection = await (ready ?? this.#connectNext(version));
    if (connection.version >= version) return connection;
    connection.close();
    return await this.#connectNext(version);
  }

  /** One after the other, as each starts a supervisor where there is none. */
  #connectNext(version = 0): Promise<SupervisorConnection> {
    const connection = this.#latest.then(() => connectSupervisor(this.#roots, version));
    // Whoever needs the connection gets the error.
    this.#latest = connection.catch(() => {});
    return connection;
  }

  /**
   * Asks for something, and waits for the answer.
   *
   * @param message What is asked for.
   * @returns The answer.
   * @throws {SupervisorLostError} It died before it answered.
   * @throws {EngineError} It cannot be done.
   */
  async ask(message: ClientMessage): Promise<SupervisorMessage> {
    const connection = await this.connect(versionOf(message));
    try {
      await connection.send(message);
      return await awaitAnswer(connection);
    } finally {
      connection.close();
    }
  }

  /**
   * Asks for something that may be asked for twice: of the next supervisor, where one dies over it.
   *
   * @param message What is asked for.
   * @returns The answer.
   * @throws {SupervisorLostError} Several died over it.
   * @throws {EngineError} It cannot be done.
   */
  async askAgain(message: ClientMessage): Promise<SupervisorMessage> {
    for (let lost = 1;; lost++) {
      try {
        return await this.ask(message);
      } catch (error) {
        if (!(error instanceof SupervisorLostError) || lost === MOST_LOST) throw error;
      }
    }
  }
}
