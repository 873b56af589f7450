/**
 * `tsd stop`: asks containers to stop.
 *
 * @module
 */

import { defineCommand } from "../../command_line/command.ts";
import { forEachAtOnce } from "../_for_each.ts";
import { openEngine } from "../_open_engine.ts";
import { STOP_OPTIONS, stopOptions } from "../_stop_options.ts";

/** The command. */
export const stop = defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: STOP_OPTIONS,
  arity: { least: 1 },
  examples: ["tsd stop web", "tsd stop -t 30 db"],
  async run({ options, operands }, context) {
    using engine = openEngine(context);
    return await forEachAtOnce(
      operands,
      context,
      async (name) => void await engine.containers.stop(name, stopOptions(options)),
    );
  },
});
