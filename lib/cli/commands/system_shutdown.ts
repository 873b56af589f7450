/**
 * `tsd system shutdown`: stops everything before the machine goes down.
 *
 * @module
 */

import { shutDownContainers } from "../../engine/boot.ts";
import { containerContext } from "../../engine/instance/container_context.ts";
import { defineCommand } from "../command_line/mod.ts";
import { tellResults } from "./_boot_results.ts";
import { openedInstance } from "./_opened_instance.ts";
import { STOP_OPTIONS, stopOptions } from "./_stop_options.ts";

/** The command. */
export const systemShutdown = defineCommand({
  usage: "[OPTIONS]",
  options: STOP_OPTIONS,
  arity: { least: 0, most: 0 },
  examples: ["tsd system shutdown", "tsd system shutdown -t 60"],
  async run({ options }, context) {
    using instance = openedInstance(context);
    return tellResults(
      await shutDownContainers(containerContext(instance), stopOptions(options)),
      context,
    );
  },
});
