/**
 * Trying again: how long to wait, and when to give up.
 *
 * @module
 */

/** Time and chance; tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** A number of at least 0 and less than 1. */
  random(): number;
  /** Waits; rejects with the signal's reason when that comes first. */
  delay(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** A failure that was met and will be tried again. */
export interface RetryEvent {
  /** What is tried: a digest, or an image's name. */
  readonly subject: string;
  /** How often it has failed in a row. */
  readonly failures: number;
  /** Until it is tried again. */
  readonly delayMilliseconds: number;
  /** Why it failed. */
  readonly error: Error;
}

/** How a {@linkcode RetryBudget} decides. */
export interface RetryOptions {
  /** What is tried, for the events. */
  readonly subject: string;
  /** How often it is tried in all. */
  readonly attempts: number;
  /** Tells whether an error may pass; others are thrown at once. */
  readonly isRetryable: (error: unknown) => error is RetryableError;
  /** Time and chance. */
  readonly clock: Clock;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Told before each wait. */
  readonly onRetry?: ((event: RetryEvent) => void) | undefined;
}

/** An error that may say how long to wait. */
export interface RetryableError extends Error {
  /** What the other side asked for. */
  readonly retryAfterMilliseconds?: number;
}

const FIRST_DELAY = 500;
const LONGEST_DELAY = 20_000;
// A registry that asks for more than this (Docker Hub's rate limit runs for hours) is not waited for.
const LONGEST_RETRY_AFTER = 120_000;

/** The real time and chance. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  delay: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        clearTimeout(timer);
        reject(signal!.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, milliseconds);
      signal?.addEventListener("abort", stop, { once: true });
    }),
};

/** Counts the failures of one task and waits between them. */
export class RetryBudget {
  #failures = 0;
  readonly #options: RetryOptions;

  /**
   * Creates a budget that is still full.
   *
   * @param options How it decides.
   */
  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** Forgets the failures so far, as after real progress. */
  refill(): void {
    this.#failures = 0;
  }

  /**
   * Takes a failure: waits, so that the caller may try again.
   *
   * @param error The failure.
   * @throws The failure itself, where trying again is pointless or has been done often enough.
   */
  async spend(error: unknown): Promise<void> {
    const { isRetryable, attempts, clock, signal, subject, onRetry } = this.#options;
    if (signal?.aborted || !isRetryable(error) || ++this.#failures >= attempts) throw error;
    const asked = error.retryAfterMilliseconds;
    if (asked !== undefined && asked > LONGEST_RETRY_AFTER) throw error;
    const backoff = backoffMilliseconds(this.#failures, clock.random());
    const delayMilliseconds = Math.max(backoff, asked ?? 0);
    onRetry?.({ subject, failures: this.#failures, delayMilliseconds, error });
    await clock.delay(delayMilliseconds, signal);
  }
}

/**
 * Runs a task until it succeeds or its budget is spent.
 *
 * @param task The task; it starts anew each time.
 * @param options How to decide.
 * @returns What the task returned.
 * @throws What the task threw last.
 */
export async function withRetries<T>(task: () => Promise<T>, options: RetryOptions): Promise<T> {
  const budget = new RetryBudget(options);
  while (true) {
    try {
      return await task();
    } catch (error) {
      await budget.spend(error);
    }
  }
}

/**
 * Gives the wait after some failures in a row: it doubles, and half of it is chance, so that many
 * clients that failed together do not come back together.
 *
 * @param failures How many, at least 1.
 * @param random A number of at least 0 and less than 1.
 * @returns Milliseconds.
 */
export function backoffMilliseconds(failures: number, random: number): number {
  const full = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (failures - 1));
  return Math.round(full / 2 + random * full / 2);
}

/**
 * Reads a `Retry-After` header (RFC 9110, section 10.2.3).
 *
 * @param header Its value: seconds, or a date.
 * @param now Milliseconds since 1970.
 * @returns Milliseconds from now, or undefined where there is none that can be read.
 */
export function retryAfterMilliseconds(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
