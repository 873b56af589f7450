/**
 * A client's input on its way to a container's command.
 *
 * @module
 */

import type { ContainerRun } from "./container_run.ts";

/** Whom a queue tells what became of its input. */
export interface InputQueueListener {
  /** The command's standard input has taken some bytes. */
  onTaken(bytes: number): void;
  /** It cannot be written to. */
  onError(error: unknown): void;
}

/**
 * Passes input on in order, while nobody waits: signals and the end of the client are noticed also
 * while the command does not read. How much there can be is up to the client, see `INPUT_WINDOW`.
 */
export class InputQueue {
  readonly #run: Pick<ContainerRun, "closeInput" | "leave" | "write"> | undefined;
  readonly #listener: InputQueueListener;
  #last: Promise<void> = Promise.resolve();

  /**
   * Creates an empty queue.
   *
   * @param run The container's run; where there is none, input is dropped.
   * @param listener Told what becomes of the input.
   */
  constructor(
    run: Pick<ContainerRun, "closeInput" | "leave" | "write"> | undefined,
    listener: InputQueueListener,
  ) {
    this.#run = run;
    this.#listener = listener;
  }

  /**
   * Writes bytes behind those before them.
   *
   * @param bytes The bytes; copied.
   */
  write(bytes: Uint8Array): void {
    const copy = bytes.slice();
    this.#then(async () => {
      await this.#run?.write(copy);
      this.#listener.onTaken(copy.length);
    });
  }

  /** Lets the command see the end of its input, behind everything before. */
  close(): void {
    this.#then(() => this.#run?.closeInput());
  }

  /** Tells the run that the client is gone, behind everything it has sent. */
  leave(): void {
    this.#then(() => this.#run?.leave());
  }

  #then(action: () => Promise<void> | void): void {
    this.#last = this.#last.then(action).catch((error) => this.#listener.onError(error));
  }
}
