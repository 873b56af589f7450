/**
 * Waiting for more of a log.
 *
 * @module
 */

import { Errno, isErrno } from "../../../ffi/error.ts";
import { ChangeWatch } from "../../state/change_watch.ts";

/** How long to wait. */
export interface LogFollowerOptions {
  /** Settles once nothing more will be written. */
  ended: Promise<unknown>;
  /** After which moment nothing is wanted, in nanoseconds since the epoch. */
  until: bigint | undefined;
  /** Aborts the wait. */
  signal: AbortSignal | undefined;
}

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;
/** What setTimeout takes, in milliseconds. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Tells when a log has changed, and when it has come to its end. */
export class LogFollower implements Disposable {
  readonly #watch = new ChangeWatch();
  readonly #signal: AbortSignal | undefined;
  readonly #wake = () => this.#watch.wake();
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  #failure: { error: unknown } | undefined;
  #isOver = false;

  /**
   * Begins to watch; what changes from now on makes the next wait return.
   *
   * @param folder Where the log's files are.
   * @param options How long to wait.
   */
  constructor(folder: string, { ended, signal, until }: LogFollowerOptions) {
    this.#signal = signal;
    signal?.addEventListener("abort", this.#wake);
    this.#timer = until === undefined ? undefined : this.#endAt(until);
    ended.then(() => this.#end(), (error) => {
      this.#failure = { error };
      this.#watch.wake();
    });
    try {
      this.#watch.folder(folder);
    } catch (error) {
      if (!isErrno(error, Errno.ENOENT)) throw error;
      // The container was removed.
      this.#end();
    }
  }

  /** Whether nothing more will be written. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Waits until the log may have changed, or is over.
   *
   * @returns When it is to be looked at.
   * @throws What the wait for the end was rejected with, or the signal's reason.
   */
  async changed(): Promise<void> {
    await this.#watch.changed();
    this.#signal?.throwIfAborted();
    if (this.#failure) throw this.#failure.error;
  }

  /** Stops watching. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#wake);
    this.#watch[Symbol.dispose]();
  }

  #end(): void {
    this.#isOver = true;
    this.#watch.wake();
  }

  #endAt(until: bigint): ReturnType<typeof setTimeout> | undefined {
    const left = Number(until / NANOSECONDS_PER_MILLISECOND) + 1 - Date.now();
    return left > LONGEST_TIMEOUT ? undefined : setTimeout(() => this.#end(), Math.max(left, 0));
  }
}
