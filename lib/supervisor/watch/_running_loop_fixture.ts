/**
 * An event loop that runs until the end of a block.
 *
 * @module
 */

import { close, pipe, setNonBlocking, writeAll } from "../../../ffi/mod.ts";
import { EventLoop } from "./event_loop.ts";

/** A loop that runs, and descriptors that are closed with it. */
export class RunningLoop implements AsyncDisposable {
  /** The loop. */
  readonly loop: EventLoop = new EventLoop();
  /** What watchers have thrown. */
  readonly errors: unknown[] = [];
  readonly #stop = pipe();
  readonly #ended: Promise<unknown>;
  readonly #open = new Set<number>();

  /** Starts it. */
  constructor() {
    const stop = new Error("stop");
    this.loop.watch(this.#stop.read, {
      readable: () => {
        throw stop;
      },
    });
    this.#ended = this.loop.run((error) => {
      // The only way out of a loop that runs for ever.
      if (error === stop) throw stop;
      this.errors.push(error);
    }).catch((error) => {
      if (error !== stop) throw error;
    });
  }

  /** Opens a pipe, both ends non-blocking. */
  pipe(): { read: number; write: number } {
    const ends = pipe();
    for (const fd of [ends.read, ends.write]) {
      setNonBlocking(fd);
      this.#open.add(fd);
    }
    return ends;
  }

  /** Closes a descriptor of a pipe now. */
  close(fd: number): void {
    if (this.#open.delete(fd)) close(fd);
  }

  /** Leaves a descriptor of a pipe to whoever closes it. */
  leave(fd: number): number {
    this.#open.delete(fd);
    return fd;
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    writeAll(this.#stop.write, new Uint8Array(1));
    await this.#ended;
    for (const fd of [this.#stop.read, this.#stop.write, ...this.#open]) close(fd);
  }
}
