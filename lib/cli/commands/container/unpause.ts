/**
 * `tsd unpause`: lets paused containers run on.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { forEachAtOnce } from "../_for_each.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const unpause = defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: [],
  arity: { least: 1 },
  examples: ["tsd unpause web"],
  async run({ operands }, context) {
    using engine = openEngine(context);
    return await forEachAtOnce(operands, context, (name) => engine.containers.unpause(name));
  },
});
