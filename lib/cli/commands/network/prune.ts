/**
 * `tsd network prune`: removes the networks no container is connected to.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { confirm } from "../../confirm.ts";
import { parseFilters } from "../../filters.ts";
import { withMoments } from "../../until_filter.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const networkPrune = defineCommand({
  usage: "[OPTIONS]",
  options: [
    {
      name: "filter",
      type: "list",
      word: "filter",
      summary: 'Conditions on the networks, such as "until=24h", "label=stage=test"',
    },
    { name: "force", short: "f", type: "bool", summary: "Do not prompt for confirmation" },
  ],
  arity: { least: 0, most: 0 },
  examples: ["tsd network prune -f"],
  async run({ options }, context) {
    const filters = withMoments(parseFilters(options.filter));
    const warning = "This will remove all custom networks not used by at least one container.";
    if (!options.force && !await confirm(context, warning)) return 0;
    using engine = openEngine(context);
    const removed = await engine.networks.prune(filters);
    if (removed.length > 0) {
      context.stdout.line("Deleted Networks:");
      for (const { name } of removed) context.stdout.line(name);
      context.stdout.line();
    }
    return 0;
  },
});
