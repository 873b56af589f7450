/**
 * A supervisor that only answers.
 *
 * @module
 */

import { resolveRoots, type Roots } from "../state/mod.ts";
import { FrameReader } from "../supervisor/front/frame_stream.ts";
import { socketPath } from "../supervisor/own/presence.ts";
import {
  type ClientMessage,
  decodeMessage,
  encodeMessage,
  type SupervisorMessage,
} from "../supervisor/protocol.ts";

const DEADLINE_MILLISECONDS = 10_000;

/** An instance whose supervisor is a listener in this process. */
export class FakeSupervisor implements AsyncDisposable {
  /** The instance's. */
  readonly roots: Roots;
  readonly #folder: string;
  #listener: Deno.UnixListener | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
    this.roots = resolveRoots({ root: `${folder}/root`, run: folder });
  }

  /** Makes the instance; nobody listens yet. */
  static async create(): Promise<FakeSupervisor> {
    return new FakeSupervisor(await Deno.makeTempDir());
  }

  /** Begins to listen. */
  listen(): void {
    this.#listener = Deno.listen({ transport: "unix", path: socketPath(this.roots) });
  }

  /** Lets a client in, and reads what it asks for; where none comes, it stops listening. */
  async accept(): Promise<Asked> {
    const late = setTimeout(() => this.#stop(), DEADLINE_MILLISECONDS);
    const connection = await this.#listener!.accept().finally(() => clearTimeout(late));
    const frame = await new FrameReader(connection).next();
    return {
      message: decodeMessage<ClientMessage>(frame!),
      answer: async (message) => void await connection.write(encodeMessage(message)),
      [Symbol.dispose]: () => connection.close(),
    };
  }

  /** Stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    await Deno.remove(this.#folder, { recursive: true });
  }

  #stop(): void {
    this.#listener?.close();
    this.#listener = undefined;
  }
}

/** A client that waits for its answer; disposed of without one, the supervisor has died over it. */
export interface Asked extends Disposable {
  /** What it asks for. */
  message: ClientMessage;
  /** Answers. */
  answer(message: SupervisorMessage): Promise<void>;
}
