/**
 * `tsd kill`: sends containers a signal.
 *
 * @module
 */

import { defineCommand } from "../../command_line/command.ts";
import { forEachAtOnce } from "../_for_each.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const kill = defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: [
    {
      name: "signal",
      short: "s",
      type: "string",
      summary: "Signal to send to the container",
      default: "KILL",
    },
  ],
  arity: { least: 1 },
  examples: ["tsd kill -s HUP web"],
  async run({ options, operands }, context) {
    using engine = openEngine(context);
    return await forEachAtOnce(
      operands,
      context,
      (name) => engine.containers.kill(name, options.signal),
    );
  },
});
