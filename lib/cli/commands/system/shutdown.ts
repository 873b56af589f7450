/**
 * `tsd system shutdown`: stops everything before the machine goes down.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { tellResults } from "../_boot_results.ts";
import { openEngine } from "../_open_engine.ts";
import { STOP_OPTIONS, stopOptions } from "../_stop_options.ts";

/** The command. */
export const systemShutdown = defineCommand({
  usage: "[OPTIONS]",
  options: STOP_OPTIONS,
  arity: { least: 0, most: 0 },
  examples: ["tsd system shutdown", "tsd system shutdown -t 60"],
  async run({ options }, context) {
    using engine = openEngine(context);
    return tellResults(
      await engine.system.shutDown(stopOptions(options)),
      context,
    );
  },
});
