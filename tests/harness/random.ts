/**
 * Random choices that can be made again.
 *
 * @module
 */

/** Gives a number of at least 0 and less than 1 at each call. */
export type RandomNumbers = () => number;

/**
 * Makes numbers that depend on a seed alone (mulberry32).
 *
 * @param seed The seed; a failure should print it.
 * @returns The numbers.
 */
export function randomNumbers(seed: number): RandomNumbers {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
