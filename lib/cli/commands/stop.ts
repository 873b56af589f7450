/**
 * `tsd stop`: asks containers to stop.
 *
 * @module
 */

import { containerContext } from "../../engine/instance/container_context.ts";
import { stopContainer } from "../../engine/lifecycle/stop_container.ts";
import { defineCommand } from "../command_line/command.ts";
import { forEachAtOnce } from "./_for_each.ts";
import { openedInstance } from "./_opened_instance.ts";
import { STOP_OPTIONS, stopOptions } from "./_stop_options.ts";

/** The command. */
export const stop = defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: STOP_OPTIONS,
  arity: { least: 1 },
  examples: ["tsd stop web", "tsd stop -t 30 db"],
  async run({ options, operands }, context) {
    using instance = openedInstance(context);
    const containers = containerContext(instance);
    return await forEachAtOnce(
      operands,
      context,
      (name) => stopContainer(containers, name, stopOptions(options)),
    );
  },
});
