/**
 * `tsd volume prune`: removes the volumes no container has.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { confirm } from "../../confirm.ts";
import { parseFilters } from "../../filters.ts";
import { humanSize } from "../../units.ts";
import { openEngine } from "../_open_engine.ts";

const ANONYMOUS_WARNING =
  "This will remove anonymous local volumes not used by at least one container.";
const ALL_WARNING = "This will remove all local volumes not used by at least one container.";

/** The command. */
export const volumePrune = defineCommand({
  usage: "[OPTIONS]",
  options: [
    {
      name: "all",
      short: "a",
      type: "bool",
      summary: "Remove all unused volumes, not just anonymous ones",
    },
    {
      name: "filter",
      type: "list",
      word: "filter",
      summary: 'Conditions on the volumes, such as "label=stage=test"',
    },
    { name: "force", short: "f", type: "bool", summary: "Do not prompt for confirmation" },
  ],
  arity: { least: 0, most: 0 },
  examples: ["tsd volume prune -af"],
  async run({ options }, context) {
    const { all, force } = options;
    const filters = parseFilters(options.filter);
    if (!force && !await confirm(context, all ? ALL_WARNING : ANONYMOUS_WARNING)) return 0;
    using engine = openEngine(context);
    const { removed, reclaimed } = await engine.volumes.prune({ all, filters });
    if (removed.length > 0) {
      context.stdout.line("Deleted Volumes:");
      for (const name of removed) context.stdout.line(name);
      context.stdout.line();
    }
    context.stdout.line(`Total reclaimed space: ${humanSize(reclaimed)}`);
    return 0;
  },
});
