/**
 * Health checks: what is asked, and what came of it.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";

/** How to tell whether a container works; times in milliseconds. */
export interface Healthcheck {
  /** `["CMD", ...]`, or `["CMD-SHELL", text]`. */
  test: string[];
  /** Between the end of one check and the beginning of the next. */
  interval: number;
  /** How long a check may take. */
  timeout: number;
  /** How many failures in a row make the container unhealthy. */
  retries: number;
  /** After the start, while failures do not count. */
  startPeriod: number;
  /** In place of `interval`, during the start period. */
  startInterval: number;
}

/** One check that was made. */
export interface HealthResult {
  /** When it began, in milliseconds since the epoch. */
  start: number;
  /** When it ended, in milliseconds since the epoch. */
  end: number;
  /** 0 healthy, 1 unhealthy, -1 where it took too long or could not be made. */
  exitCode: number;
  /** What it wrote, its beginning. */
  output: string;
}

/** How healthy a container is. */
export interface HealthState {
  /** In Docker's words. */
  status: "starting" | "healthy" | "unhealthy";
  /** How many checks failed in a row. */
  failingStreak: number;
  /** The last checks, the oldest first. */
  log: HealthResult[];
}

/** What may be given of a health check; what is not takes the image's, or Docker's defaults. */
export interface HealthcheckOptions {
  /** A command for the shell. */
  command?: string | undefined;
  /** Between two checks, in milliseconds. */
  interval?: number | undefined;
  /** How long a check may take, in milliseconds. */
  timeout?: number | undefined;
  /** How many failures in a row count. */
  retries?: number | undefined;
  /** After the start, in milliseconds. */
  startPeriod?: number | undefined;
  /** Between two checks during the start period, in milliseconds. */
  startInterval?: number | undefined;
  /** Whether there is none, also where the image has one. */
  disabled?: boolean | undefined;
}

/** A health check as images declare it; times in nanoseconds, 0 takes the default. */
interface ImageHealthcheck {
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

/** What a health check is where nobody says: Docker's defaults, times in milliseconds. */
export const HEALTH_DEFAULTS = {
  interval: 30_000,
  timeout: 30_000,
  startPeriod: 0,
  startInterval: 5_000,
  retries: 3,
} as const;
const KEPT_RESULTS = 5;
const NANOSECONDS = 1_000_000;

/**
 * Puts a container's health check together.
 *
 * @param image The image's.
 * @param own The user's wishes.
 * @returns The check; nothing where there is none.
 * @throws {EngineError} `invalid`: the wishes contradict themselves.
 */
export function buildHealthcheck(
  image: ImageHealthcheck | undefined,
  own: HealthcheckOptions,
): Healthcheck | undefined {
  const { disabled, ...wishes } = own;
  if (disabled) {
    if (Object.values(wishes).every((value) => value === undefined)) return undefined;
    throw new EngineError(
      "Cannot create the container: --no-healthcheck conflicts with --health-* options",
      { kind: "invalid" },
    );
  }
  checkNumbers(wishes);
  const test = own.command === undefined ? [...image?.Test ?? []] : ["CMD-SHELL", own.command];
  if (test.length === 0 || test[0] === "NONE") return undefined;
  const of = (value: number | undefined, nanoseconds = 0) => value || nanoseconds / NANOSECONDS;
  return {
    test,
    interval: of(own.interval, image?.Interval) || HEALTH_DEFAULTS.interval,
    timeout: of(own.timeout, image?.Timeout) || HEALTH_DEFAULTS.timeout,
    retries: own.retries || image?.Retries || HEALTH_DEFAULTS.retries,
    startPeriod: of(own.startPeriod, image?.StartPeriod),
    startInterval: of(own.startInterval, image?.StartInterval) || HEALTH_DEFAULTS.startInterval,
  };
}

/** As Docker does: 0 stands for the default. */
function checkNumbers(
  { interval, retries, startInterval, startPeriod, timeout }: HealthcheckOptions,
): void {
  const times = Object.entries({ interval, timeout, startPeriod, startInterval });
  for (const [name, value = 0] of [...times, ["retries", retries] as const]) {
    const flag = `--health-${name.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value < 0) throw new EngineError(`${flag} cannot be negative`, { kind: "invalid" });
    if (name !== "retries" && value > 0 && value < 1) {
      throw new EngineError(`${flag} cannot be less than 1ms`, { kind: "invalid" });
    }
  }
}

/**
 * The command of a health check.
 *
 * @param check The check.
 * @returns `argv`.
 */
export function healthCommand({ test }: Healthcheck): string[] {
  const [kind, ...rest] = test;
  return kind === "CMD-SHELL" ? ["/bin/sh", "-c", rest.join(" ")] : rest;
}

/**
 * Draws the conclusion from a check.
 *
 * @param before How healthy the container was.
 * @param result What came of the check.
 * @param check The check.
 * @param startedAt When the container was started, in milliseconds since the epoch.
 * @returns How healthy it is.
 */
export function nextHealth(
  before: HealthState,
  result: HealthResult,
  check: Healthcheck,
  startedAt: number,
): HealthState {
  const log = [...before.log, result].slice(-KEPT_RESULTS);
  if (result.exitCode === 0) return { status: "healthy", failingStreak: 0, log };
  const starting = before.status === "starting" && result.start < startedAt + check.startPeriod;
  if (starting) return { ...before, log };
  const failingStreak = before.failingStreak + 1;
  const status = failingStreak >= check.retries ? "unhealthy" : before.status;
  return { status, failingStreak, log };
}
