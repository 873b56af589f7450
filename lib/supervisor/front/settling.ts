/**
 * Trying again what a full or read-only disk did not let be done.
 *
 * @module
 */

import type { Complaint } from "../output/log_sink.ts";

const RETRY_MILLISECONDS = 1_000;

/** Tries the same thing again until it is done. */
export class Settling {
  readonly #settle: () => Promise<boolean>;
  readonly #complain: Complaint;
  readonly #onDone: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isGoingOn = false;

  /**
   * Tries nothing yet.
   *
   * @param settle Does what is left to do, and tells whether nothing is left.
   * @param complain Told of what failed for another reason.
   * @param onDone Told that nothing is left, or that it was given up.
   */
  constructor(settle: () => Promise<boolean>, complain: Complaint, onDone: () => void) {
    this.#settle = settle;
    this.#complain = complain;
    this.#onDone = onDone;
  }

  /**
   * Has it tried from now on.
   *
   * @returns Whether that is new.
   */
  begin(): boolean {
    if (this.#isGoingOn) return false;
    this.#isGoingOn = true;
    this.#schedule();
    return true;
  }

  /** Leaves it to whoever opens the instance next, who finds it in memory. */
  giveUp(): void {
    if (!this.#isGoingOn) return;
    this.#isGoingOn = false;
    clearTimeout(this.#timer);
    this.#onDone();
  }

  #schedule(): void {
    this.#timer = setTimeout(() => this.#try(), RETRY_MILLISECONDS);
  }

  async #try(): Promise<void> {
    let isDone = false;
    try {
      isDone = await this.#settle();
    } catch (error) {
      this.#complain("Cannot record what became of containers", error);
    }
    if (isDone) this.giveUp();
    else if (this.#isGoingOn) this.#schedule();
  }
}
