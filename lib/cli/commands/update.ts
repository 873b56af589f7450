/**
 * `tsd update`: changes what containers are, also while they run.
 *
 * @module
 */

import { parseRestartPolicy } from "../../container/mod.ts";
import { defineCommand, UsageError } from "../command_line/mod.ts";
import { forEachOperand } from "./_for_each.ts";
import { openEngine } from "./_open_engine.ts";

/** The command. */
export const update = defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: [
    {
      name: "restart",
      type: "string",
      summary: "Restart policy to apply when a container exits",
    },
  ],
  arity: { least: 1 },
  examples: ["tsd update --restart unless-stopped web"],
  async run({ options, operands }, context) {
    if (options.restart === undefined) {
      throw new UsageError("you must provide one or more flags when using this command");
    }
    const restart = parseRestartPolicy(options.restart);
    using engine = openEngine(context);
    return await forEachOperand(operands, context, async (name) => {
      await engine.containers.update(name, { restart });
      context.stdout.line(name);
    });
  },
});
