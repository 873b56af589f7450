/**
 * Reads what a command that has joined a container writes.
 *
 * @module
 */

import { close, Errno, isErrno, read } from "../../../ffi/mod.ts";
import type { EventLoop } from "../../supervisor/watch/event_loop.ts";
import type { OutputListener } from "../instance/attachment.ts";

const BUFFER_SIZE = 64 << 10;

/** Reads one stream, or a terminal. */
export class ExecOutput {
  readonly #loop: EventLoop;
  readonly #fd: number;
  readonly #stream: "stdout" | "stderr";
  readonly #listener: OutputListener;
  readonly #onError: (error: unknown) => void;
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  #delivery: Promise<void> = Promise.resolve();
  #isFinishing = false;
  #open = true;

  /**
   * Starts to read.
   *
   * @param loop Tells when there is something to read.
   * @param fd A non-blocking descriptor, which is this object's from now on.
   * @param stream What to call it.
   * @param listener Takes the output; nothing is read while it is busy with some.
   * @param onError Told where the listener fails, or reading does.
   */
  constructor(
    loop: EventLoop,
    fd: number,
    stream: "stdout" | "stderr",
    listener: OutputListener,
    onError: (error: unknown) => void,
  ) {
    this.#loop = loop;
    this.#fd = fd;
    this.#stream = stream;
    this.#listener = listener;
    this.#onError = onError;
    this.#listen();
  }

  /** The descriptor, until it is closed. */
  get fd(): number | undefined {
    return this.#open ? this.#fd : undefined;
  }

  /** Reads no more, and leaves the rest to somebody else. */
  leave(): void {
    if (this.#open && !this.#isFinishing) this.#loop.unwatch(this.#fd);
    this.#isFinishing = true;
  }

  /**
   * Reads what is left once the command has ended, and stops: others of the container may hold the
   * stream open for as long as they like. It is not watched any more when this returns.
   *
   * @returns When all was taken.
   */
  async finish(): Promise<void> {
    this.leave();
    await this.#delivery;
    while (this.#open) {
      const count = this.#read();
      if (!count) break;
      await this.#listener(this.#stream, this.#buffer.subarray(0, count));
    }
    this.#close();
  }

  #listen(): void {
    if (!this.#open || this.#isFinishing) return;
    // A terminal is also written to: what waits for that stays.
    const { writable } = this.#loop.watcher(this.#fd);
    this.#loop.watch(this.#fd, { readable: () => this.#turn(), ...writable && { writable } });
  }

  #turn(): void {
    const count = this.#read();
    if (count === undefined) return;
    if (count === 0) return this.#close();
    const { writable } = this.#loop.watcher(this.#fd);
    this.#loop.watch(this.#fd, { ...writable && { writable } });
    this.#delivery = this.#deliver(count);
  }

  async #deliver(count: number): Promise<void> {
    try {
      await this.#listener(this.#stream, this.#buffer.subarray(0, count));
      this.#listen();
    } catch (error) {
      this.#onError(error);
    }
  }

  #read(): number | undefined {
    try {
      return read(this.#fd, this.#buffer);
    } catch (error) {
      // A terminal's way of saying that nobody has its other side open any more (pty(7)).
      if (isErrno(error, Errno.EIO)) return 0;
      throw error;
    }
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    if (!this.#isFinishing) this.#loop.unwatch(this.#fd);
    close(this.#fd);
  }
}
