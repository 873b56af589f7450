/**
 * How slow the machine is that tests run on.
 *
 * @module
 */

/** How many times longer everything may take, and moments are apart: `TSD_TEST_PACE`. */
export const PACE: number = Number(Deno.env.get("TSD_TEST_PACE") ?? 1);
