/**
 * `tsd system reset`: removes everything of an instance.
 *
 * @module
 */

import { openInstance } from "../../engine/instance/instance.ts";
import { resetInstance } from "../../engine/reset.ts";
import { defineCommand } from "../command_line/mod.ts";
import { confirm } from "../confirm.ts";

/** The command. */
export const systemReset = defineCommand({
  usage: "[OPTIONS]",
  options: [
    { name: "force", short: "f", type: "bool", summary: "Do not ask for confirmation" },
  ],
  arity: { least: 0, most: 0 },
  examples: ["tsd system reset"],
  async run({ options }, context) {
    const chosen = { root: context.root, config: context.config };
    if (!options.force) {
      using instance = openInstance(chosen);
      const warning = `This will remove everything of this instance:
  - all containers, also those that run
  - all images and volumes
  - all networks, their bridges and firewall rules
  - all of ${instance.roots.root}`;
      if (!await confirm(context, `${warning}\n`)) return 0;
    }
    await resetInstance(chosen);
    return 0;
  },
});
