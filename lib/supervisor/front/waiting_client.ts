/**
 * A client that is attached to a container before it is started.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { ClientConnection } from "./client_connection.ts";
import type { ManagedContainer } from "../run/managed_container.ts";
import {
  type ClientMessage,
  decodeMessage,
  type Frame,
  FrameType,
  INPUT_WINDOW,
} from "../protocol.ts";

// Input is limited by the client itself; messages beside it are few and short.
const MOST_KEPT = 2 * INPUT_WINDOW;

/** A client that waits for a container's start, and what it has sent meanwhile. */
export class WaitingClient {
  /** The client. */
  readonly client: ClientConnection;
  readonly #started = Promise.withResolvers<ManagedContainer>();
  #isGone = false;

  /**
   * Waits for nothing yet.
   *
   * @param client The client.
   */
  constructor(client: ClientConnection) {
    this.client = client;
  }

  /**
   * Tells that the container runs; the client is a sink of its output.
   *
   * @param container The container.
   * @returns Whether the client is still there.
   */
  started(container: ManagedContainer): boolean {
    this.#started.resolve(container);
    return !this.#isGone;
  }

  /**
   * Waits for the container's start. What the client sends until then is kept for it.
   *
   * @returns The container, or nothing once the client has gone.
   * @throws {EngineError} `invalid`: the client sends more than it may.
   */
  async wait(): Promise<ManagedContainer | undefined> {
    let container: ManagedContainer | undefined;
    try {
      return container = await this.#readUntilStarted();
    } finally {
      this.#isGone = container === undefined;
    }
  }

  async #readUntilStarted(): Promise<ManagedContainer | undefined> {
    const kept: Promise<Frame>[] = [];
    let size = 0;
    while (true) {
      const next = this.client.next();
      const container = await Promise.race([this.#started.promise, next.then(() => undefined)]);
      if (container) {
        this.client.giveBack([...kept, next]);
        return container;
      }
      const frame = await next;
      if (!frame || isDetach(frame)) return undefined;
      size += frame.payload.length;
      if (size > MOST_KEPT) {
        throw new EngineError("Cannot keep so much for a container that does not run yet", {
          kind: "invalid",
        });
      }
      kept.push(Promise.resolve({ type: frame.type, payload: frame.payload.slice() }));
    }
  }
}

function isDetach(frame: Frame): boolean {
  return frame.type === FrameType.MESSAGE &&
    decodeMessage<ClientMessage>(frame).kind === "detach";
}
