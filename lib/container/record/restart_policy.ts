/**
 * Whether, and when, a container is started again after its command has ended.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { RestartPolicy } from "./settings.ts";
import type { ContainerRecord } from "./store.ts";

// Docker's: 100 ms, doubled each time up to a minute, and from the beginning after a run of 10 s.
const FIRST_DELAY_MILLISECONDS = 100;
const LONGEST_DELAY_MILLISECONDS = 60_000;
const GOOD_RUN_MILLISECONDS = 10_000;

/**
 * Tells whether a restart policy wants a container started again.
 *
 * @param record The container, whose command has ended.
 * @param exitCode How it has ended.
 * @returns Whether it does.
 */
export function wantsRestart(record: ContainerRecord, exitCode: number): boolean {
  const { maximumRetryCount, name } = record.settings.restart;
  if (record.stoppedByHand || name === "no") return false;
  if (name !== "on-failure") return true;
  return exitCode !== 0 && (maximumRetryCount === 0 || record.restartCount < maximumRetryCount);
}

/**
 * Tells how long to wait before a container is started again.
 *
 * @param previous How long it was the last time, in milliseconds; 0 before the first time.
 * @param ran How long its command ran, in milliseconds.
 * @returns Milliseconds.
 */
export function restartDelay(previous: number, ran: number): number {
  if (previous === 0 || ran >= GOOD_RUN_MILLISECONDS) return FIRST_DELAY_MILLISECONDS;
  return Math.min(previous * 2, LONGEST_DELAY_MILLISECONDS);
}

/**
 * Reads a restart policy as `--restart` has it.
 *
 * @param text `no`, `on-failure`, `on-failure:N`, `always` or `unless-stopped`; empty for `no`.
 * @returns The policy.
 * @throws {EngineError} `invalid`: it is none of these.
 */
export function parseRestartPolicy(text: string): RestartPolicy {
  const [name = "", count] = text.split(":", 2);
  switch (name === "" ? "no" : name) {
    case "on-failure":
      return { name: "on-failure", maximumRetryCount: retryCount(text, count) };
    case "no":
    case "always":
    case "unless-stopped":
      if (count !== undefined) {
        throw invalid(text, "maximum retry count can only be used with 'on-failure'");
      }
      return { name: (name || "no") as RestartPolicy["name"], maximumRetryCount: 0 };
    default:
      throw invalid(
        text,
        `unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or ` +
          `'unless-stopped'`,
      );
  }
}

function retryCount(text: string, count: string | undefined): number {
  if (count === undefined) return 0;
  if (/^\d+$/.test(count)) return Number(count);
  throw invalid(text, "maximum retry count must be an integer");
}

function invalid(text: string, reason: string): EngineError {
  return new EngineError(
    `Cannot use the restart policy "${text}": invalid restart policy: ${reason}`,
    {
      kind: "invalid",
    },
  );
}
