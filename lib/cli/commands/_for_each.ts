/**
 * Commands that do the same to several objects.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { CommandContext } from "../command_line/mod.ts";
import { advised } from "../../engine/mod.ts";
import { ExitCode, reportError } from "../exit_code.ts";

/** What {@linkcode forEachOperand} does with failures. */
export interface ForEachOptions {
  /** Tells whether a failure is none; it is reported all the same. */
  isHarmless?: (error: EngineError) => boolean;
  /** Tells whether a failure is none, and not worth a word. */
  isExpected?: (error: EngineError) => boolean;
}

/**
 * Acts on all operands, whatever happens to some; failures are reported as they come.
 *
 * @param operands What the user named.
 * @param context Where failures are reported.
 * @param act Acts on one.
 * @param options Which failures count.
 * @returns The exit code.
 * @throws What is no {@linkcode EngineError}, at once.
 */
export async function forEachOperand(
  operands: readonly string[],
  context: CommandContext,
  act: (operand: string) => Promise<void> | void,
  options: ForEachOptions = {},
): Promise<number> {
  let exitCode = 0;
  for (const operand of operands) {
    exitCode = Math.max(exitCode, await attempt(() => act(operand), context, options));
  }
  return exitCode;
}

// As in Docker.
const MOST_AT_ONCE = 50;

/**
 * Acts on all operands at once, for what may take a while for each, and whatever happens to some;
 * says of each in turn that it is done, or why not.
 *
 * @param operands What the user named.
 * @param context Where that is said.
 * @param act Acts on one.
 * @param options Which failures count.
 * @returns The exit code.
 * @throws What is no {@linkcode EngineError}, once nothing is under way any more.
 */
export async function forEachAtOnce(
  operands: readonly string[],
  context: CommandContext,
  act: (operand: string) => Promise<void>,
  options: ForEachOptions = {},
): Promise<number> {
  const results = operands.map(() => Promise.withResolvers<void>());
  // An error is told in its turn.
  for (const { promise } of results) promise.catch(() => {});
  let next = 0;
  const work = async () => {
    while (next < operands.length) {
      const at = next++;
      await act(operands[at]!).then(results[at]!.resolve, results[at]!.reject);
    }
  };
  const workers = Array.from({ length: Math.min(MOST_AT_ONCE, operands.length) }, work);
  let exitCode = 0;
  try {
    for (const [at, operand] of operands.entries()) {
      const tell = async () => {
        await results[at]!.promise;
        context.stdout.line(operand);
      };
      exitCode = Math.max(exitCode, await attempt(tell, context, options));
    }
    return exitCode;
  } finally {
    await Promise.all(workers);
  }
}

async function attempt(
  act: () => Promise<void> | void,
  context: CommandContext,
  { isExpected, isHarmless }: ForEachOptions,
): Promise<number> {
  try {
    await act();
    return 0;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (isExpected?.(error)) return 0;
    reportError(await advised(error, context), context.stderr, context.isDebug);
    return isHarmless?.(error) ? 0 : ExitCode.FAILURE;
  }
}
