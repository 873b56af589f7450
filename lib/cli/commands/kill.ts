/**
 * `tsd kill`: sends containers a signal.
 *
 * @module
 */

import { containerContext } from "../../engine/instance/container_context.ts";
import { killContainer } from "../../engine/lifecycle/stop_container.ts";
import { defineCommand } from "../command_line/command.ts";
import { forEachAtOnce } from "./_for_each.ts";
import { openedInstance } from "./_opened_instance.ts";

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
    using instance = openedInstance(context);
    const containers = containerContext(instance);
    return await forEachAtOnce(
      operands,
      context,
      (name) => killContainer(containers, name, options.signal),
    );
  },
});
