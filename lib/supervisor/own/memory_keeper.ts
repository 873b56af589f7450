/**
 * When the supervisor gives memory back.
 *
 * @module
 */

import { releaseIdleMemory } from "./idle_memory.ts";
import type { SupervisionContext } from "../supervision_context.ts";

/** How long what takes a while takes. */
export interface KeeperTimes {
  /** Milliseconds after the last request until memory is given back. */
  quiet: number;
  /** Milliseconds between looks at how much garbage has come together since. */
  look: number;
}

const TIMES: KeeperTimes = { quiet: 4_000, look: 60_000 };
// The collector itself would come for it at several times of that only.
const MOST_GARBAGE = 2 << 20;

/**
 * Gives memory back once nothing was asked for during a while, and from then on as often as garbage
 * has come together: what containers write makes some.
 */
export class MemoryKeeper {
  readonly #log: SupervisionContext["log"];
  readonly #times: KeeperTimes;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Begins with the first request.
   *
   * @param log Told of what fails.
   * @param times How long what takes.
   */
  constructor(log: SupervisionContext["log"], times: KeeperTimes = TIMES) {
    this.#log = log;
    this.#times = times;
  }

  /** Tells that something was asked for. */
  requested(): void {
    this.#wait(this.#times.quiet, () => this.#release());
  }

  /** Ends it. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(milliseconds: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, milliseconds);
  }

  #release(): void {
    const own = this.#timer;
    const released = releaseIdleMemory();
    const least = heapSize();
    released
      .catch((error) => this.#log("Cannot give memory back", error))
      .then(() => {
        // Unless something was asked for meanwhile.
        if (this.#timer === own) this.#awaitGarbage(least);
      });
  }

  #awaitGarbage(least: number): void {
    this.#wait(this.#times.look, () => {
      if (heapSize() > least + MOST_GARBAGE) this.#release();
      else this.#awaitGarbage(least);
    });
  }
}

function heapSize(): number {
  return Deno.memoryUsage().heapTotal;
}
