/**
 * `tsd system reset`: removes everything of an instance.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { confirm } from "../../confirm.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const systemReset = defineCommand({
  usage: "[OPTIONS]",
  options: [
    { name: "force", short: "f", type: "bool", summary: "Do not ask for confirmation" },
  ],
  arity: { least: 0, most: 0 },
  examples: ["tsd system reset"],
  async run({ options }, context) {
    using engine = openEngine(context);
    if (!options.force) {
      const warning = `This will remove everything of this instance:
  - all containers, also those that run
  - all images and volumes
  - all networks, their bridges and firewall rules
  - all of ${engine.roots.root}`;
      if (!await confirm(context, `${warning}\n`)) return 0;
    }
    await engine.system.reset();
    return 0;
  },
});
