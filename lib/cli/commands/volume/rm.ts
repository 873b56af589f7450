/**
 * `tsd volume rm`: removes volumes.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { forEachOperand } from "../_for_each.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const volumeRm = defineCommand({
  usage: "[OPTIONS] VOLUME [VOLUME...]",
  options: [
    {
      name: "force",
      short: "f",
      type: "bool",
      summary: "Force the removal of one or more volumes: one that does not exist is no error",
    },
  ],
  arity: { least: 1 },
  examples: ["tsd volume rm data"],
  async run({ options, operands }, context) {
    using engine = openEngine(context);
    return await forEachOperand(operands, context, async (name) => {
      await engine.volumes.remove(name, { force: options.force });
      context.stdout.line(name);
    });
  },
});
