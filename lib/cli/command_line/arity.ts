/**
 * Checks how many operands a command was given.
 *
 * @module
 */

import { ExitCode } from "../exit_code.ts";
import type { Arity } from "./command.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Checks how many operands a command was given.
 *
 * @param command The command as it was called, the program's name in front.
 * @param arity How many it takes.
 * @param count How many it was given.
 * @throws {UsageError} Too few or too many, in Docker's words; exit code 1.
 */
export function checkArity(command: string, arity: Arity, count: number): void {
  const { least, most = Infinity } = arity;
  if (count >= least && count <= most) return;
  throw new UsageError(`${command.split(" ", 1)[0]}: '${command}' ${demand(least, most)}`, {
    exitCode: ExitCode.FAILURE,
  });
}

function demand(least: number, most: number): string {
  if (most === 0) return "accepts no arguments";
  if (least === most) return `requires ${plural(least)}`;
  if (most === Infinity) return `requires at least ${plural(least)}`;
  if (least === 0) return `requires at most ${plural(most)}`;
  return `requires at least ${least} and at most ${plural(most)}`;
}

function plural(count: number): string {
  return `${count} argument${count === 1 ? "" : "s"}`;
}
