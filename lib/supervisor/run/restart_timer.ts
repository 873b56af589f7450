/**
 * The wait before a restart policy starts a container again.
 *
 * @module
 */

import { restartDelay } from "../../container/mod.ts";

/** Waits between the runs of a container, as Docker does: longer each time, see `restartDelay`. */
export class RestartTimer {
  #delay = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Whether a restart is waited for. */
  get isSet(): boolean {
    return this.#timer !== undefined;
  }

  /**
   * Begins to wait.
   *
   * @param ran For how long the run before went on, in milliseconds.
   * @param restart Called when the wait is over.
   */
  set(ran: number, restart: () => void): void {
    this.#delay = restartDelay(this.#delay, ran);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      restart();
    }, this.#delay);
  }

  /**
   * Gives up the wait.
   *
   * @returns Whether there was one.
   */
  cancel(): boolean {
    const wasSet = this.isSet;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return wasSet;
  }

  /** Has the next wait be the first one again. */
  startOver(): void {
    this.#delay = 0;
  }
}
