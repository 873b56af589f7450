/**
 * `tsd wait`: waits until containers have stopped.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { forEachOperand } from "../_for_each.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const wait = defineCommand({
  usage: "CONTAINER [CONTAINER...]",
  options: [],
  arity: { least: 1 },
  examples: ["tsd wait job"],
  async run({ operands }, context) {
    using engine = openEngine(context);
    return await forEachOperand(operands, context, async (name) => {
      context.stdout.line(`${await engine.containers.wait(name)}`);
    });
  },
});
