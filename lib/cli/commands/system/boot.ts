/**
 * `tsd system boot`: puts networks right, and starts what should run after a reboot.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { ExitCode, reportError } from "../../exit_code.ts";
import { tellResults } from "../_boot_results.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const systemBoot = defineCommand({
  usage: "",
  options: [],
  arity: { least: 0, most: 0 },
  examples: ["tsd system boot"],
  async run(_args, context) {
    using engine = openEngine(context);
    let exitCode = 0;
    try {
      await engine.system.reconcile();
    } catch (error) {
      // Containers without a network start all the same.
      reportError(error, context.stderr, context.isDebug);
      exitCode = ExitCode.FAILURE;
    }
    return Math.max(exitCode, tellResults(await engine.system.boot(), context));
  },
});
