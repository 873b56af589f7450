/**
 * Health checks as Docker's `inspect` describes them.
 *
 * @module
 */

import type { Healthcheck, HealthState } from "../../container/record/health.ts";
import { type Fields, withOptional } from "../instance/optional_fields.ts";

const NANOSECONDS_PER_MILLISECOND = 1e6;

/**
 * Describes how healthy a container is.
 *
 * @param health How healthy it is; nothing without a health check.
 * @returns Docker's fields; null without a health check.
 */
export function inspectHealth(health: HealthState | undefined): Fields | null {
  if (health === undefined) return null;
  return {
    Status: health.status,
    FailingStreak: health.failingStreak,
    Log: health.log.map(({ end, exitCode, output, start }) => ({
      Start: new Date(start).toISOString(),
      End: new Date(end).toISOString(),
      ExitCode: exitCode,
      Output: output,
    })),
  };
}

/**
 * Describes a health check.
 *
 * @param check The check, if there is one.
 * @returns Docker's fields, times in nanoseconds; null without a health check.
 */
export function inspectHealthcheck(check: Healthcheck | undefined): Fields | null {
  if (check === undefined) return null;
  const nanoseconds = (milliseconds: number) => milliseconds * NANOSECONDS_PER_MILLISECOND;
  // Docker leaves out what is zero.
  return withOptional({ Test: check.test }, {
    Interval: nanoseconds(check.interval) || null,
    Timeout: nanoseconds(check.timeout) || null,
    StartPeriod: nanoseconds(check.startPeriod) || null,
    StartInterval: nanoseconds(check.startInterval) || null,
    Retries: check.retries || null,
  });
}
