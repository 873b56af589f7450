/**
 * Writes to a container's standard input or terminal.
 *
 * @module
 */

import { close, Errno, isErrno, write } from "../../../ffi/mod.ts";
import type { EventLoop } from "../watch/event_loop.ts";

/** The writing end of a container's input. */
export class ContainerInput {
  readonly #loop: EventLoop;
  readonly #fd: number;
  readonly #ownsDescriptor: boolean;
  #open = true;
  /** Wakes those who wait for room: every attached client may write. */
  #waiting: (() => void)[] = [];

  /**
   * Writes to a descriptor from now on.
   *
   * @param loop Tells when there is room.
   * @param fd A non-blocking descriptor.
   * @param ownsDescriptor Whether it is closed at the end; a terminal's is its pump's.
   */
  constructor(loop: EventLoop, fd: number, ownsDescriptor: boolean) {
    this.#loop = loop;
    this.#fd = fd;
    this.#ownsDescriptor = ownsDescriptor;
  }

  /**
   * Writes all of some bytes, waiting while the container does not read.
   *
   * @param bytes What to write; not to be changed until it is done.
   * @returns When all is written, or nobody can read it any more.
   */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let at = 0; at < bytes.length && this.#open;) {
      const written = this.#writeSome(bytes.subarray(at));
      if (written === undefined) await this.#room();
      else at += written;
    }
  }

  /** Lets the container see the end of its input; what is being written is dropped. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stopWaiting();
    if (!this.#ownsDescriptor) return;
    this.#loop.unwatch(this.#fd);
    close(this.#fd);
  }

  #writeSome(bytes: Uint8Array<ArrayBuffer>): number | undefined {
    try {
      return write(this.#fd, bytes);
    } catch (error) {
      // Nobody has the other side open: as with any pipe, what comes is lost.
      if (!isErrno(error, Errno.EPIPE, Errno.EIO)) throw error;
      this.close();
      return bytes.length;
    }
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      const { readable } = this.#loop.watcher(this.#fd);
      this.#loop.watch(this.#fd, {
        ...readable && { readable },
        writable: () => this.#stopWaiting(),
      });
    });
  }

  #stopWaiting(): void {
    if (this.#waiting.length === 0) return;
    const { readable } = this.#loop.watcher(this.#fd);
    this.#loop.watch(this.#fd, { ...readable && { readable } });
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
