/**
 * What commands say that start or stop all that should run.
 *
 * @module
 */

import type { BootResult } from "../../engine/mod.ts";
import type { CommandContext } from "../command_line/mod.ts";
import { ExitCode, reportError } from "../exit_code.ts";

/**
 * Says what came of each container.
 *
 * @param results That.
 * @param context Where to say it.
 * @returns The exit code.
 */
export function tellResults(results: readonly BootResult[], context: CommandContext): number {
  let exitCode = 0;
  for (const { error, record } of results) {
    if (error === undefined) context.stdout.line(record.name);
    else {
      reportError(error, context.stderr, context.isDebug);
      exitCode = ExitCode.FAILURE;
    }
  }
  return exitCode;
}
