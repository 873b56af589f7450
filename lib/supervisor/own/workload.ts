/**
 * What a supervisor has to do, and what follows from having nothing to do.
 *
 * @module
 */

// How long to stay with nothing to do: the next `run` of a script or a person finds us here.
const IDLE_MILLISECONDS = 5_000;

/** Counts what there is to do: clients that are served, containers that are held. */
export class Workload {
  #count = 0;
  #endsSoon = false;
  #onIdle: (() => void) | undefined;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;

  /** Whether there is something to do. */
  get isBusy(): boolean {
    return this.#count > 0;
  }

  /** Something to do has begun. */
  begin(): void {
    this.#count++;
    clearTimeout(this.#idleTimer);
  }

  /** Something to do has ended. */
  end(): void {
    this.#count--;
    this.#awaitIdle();
  }

  /** Waits until there has been nothing to do for a while. */
  async idle(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      this.#awaitIdle();
    });
  }

  /** From now on there is no waiting for more to do, once there is nothing left to do. */
  endSoon(): void {
    this.#endsSoon = true;
    this.#awaitIdle();
  }

  #awaitIdle(): void {
    if (this.isBusy) return;
    clearTimeout(this.#idleTimer);
    const milliseconds = this.#endsSoon ? 0 : IDLE_MILLISECONDS;
    this.#idleTimer = setTimeout(() => this.#onIdle?.(), milliseconds);
  }
}
