/**
 * Whether a verb has changed anything.
 *
 * @module
 */

/**
 * What became of a request that may find that nothing is left to do: `done`, or `already` where all was
 * as asked for. Docker's API answers 204 and 304.
 */
export type Outcome = "done" | "already";
