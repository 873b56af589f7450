/**
 * Commands that do the same to several objects.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { CommandContext } from "../command_line/mod.ts";
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
    try {
      await act(operand);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (options.isExpected?.(error)) continue;
      reportError(error, context.stderr, context.isDebug);
      if (!options.isHarmless?.(error)) exitCode = ExitCode.FAILURE;
    }
  }
  return exitCode;
}
