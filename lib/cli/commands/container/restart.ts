/**
 * `tsd restart`: stops containers and starts them again.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { forEachOperand } from "../_for_each.ts";
import { openEngine } from "../_open_engine.ts";
import { STOP_OPTIONS, stopOptions } from "../_stop_options.ts";

/** The command. */
export const restart = defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: STOP_OPTIONS,
  arity: { least: 1 },
  examples: ["tsd restart web"],
  async run({ options, operands }, context) {
    using engine = openEngine(context);
    return await forEachOperand(operands, context, async (name) => {
      await engine.containers.restart(name, stopOptions(options));
      context.stdout.line(name);
    });
  },
});
