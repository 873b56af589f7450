/**
 * What a check of an instance finds.
 *
 * @module
 */

/**
 * What became of a problem:
 *
 * - `noted`: it is none, or will be gone by itself; somebody may want to know
 * - `found`: it is there, and was only looked at
 * - `repaired`: it is gone
 * - `unrepaired`: it is still there although a repair was tried
 */
export type FindingOutcome = "noted" | "found" | "repaired" | "unrepaired";

/** One thing a check found. */
export interface Finding {
  /** What it is about: `blob sha256:…`, `container 5f6d…`. */
  object: string;
  /** What is the matter with it. */
  problem: string;
  /** What became of it. */
  outcome: FindingOutcome;
  /** What was done about it, or why nothing could be. */
  remedy?: string;
}
