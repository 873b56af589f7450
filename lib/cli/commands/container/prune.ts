/**
 * `tsd container prune`: removes the containers that do not run.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { confirm } from "../../confirm.ts";
import { parseFilters } from "../../filters.ts";
import { humanSize } from "../../units.ts";
import { withMoments } from "../../until_filter.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const containerPrune = defineCommand({
  usage: "[OPTIONS]",
  options: [
    {
      name: "filter",
      type: "list",
      word: "filter",
      summary: 'Conditions on the containers, such as "until=24h", "label=stage=test"',
    },
    { name: "force", short: "f", type: "bool", summary: "Do not ask for confirmation" },
  ],
  arity: { least: 0, most: 0 },
  examples: ["tsd container prune -f --filter until=24h"],
  async run({ options }, context) {
    const filters = withMoments(parseFilters(options.filter));
    const warning = "This will remove all stopped containers.";
    if (!options.force && !await confirm(context, warning)) return 0;
    using engine = openEngine(context);
    const { removed, reclaimed } = await engine.containers.prune({ filters });
    if (removed.length > 0) {
      context.stdout.line("Deleted Containers:");
      for (const id of removed) context.stdout.line(id);
      context.stdout.line();
    }
    context.stdout.line(`Total reclaimed space: ${humanSize(reclaimed)}`);
    return 0;
  },
});
