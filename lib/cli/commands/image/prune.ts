/**
 * `tsd image prune`: removes the images nobody needs.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { confirm } from "../../confirm.ts";
import { parseFilters } from "../../filters.ts";
import { humanSize } from "../../units.ts";
import { withMoments } from "../../until_filter.ts";
import { openEngine } from "../_open_engine.ts";

const DANGLING_WARNING = "This will remove all dangling images.";
const ALL_WARNING =
  "This will remove all images without at least one container associated to them.";

/** The command. */
export const imagePrune = defineCommand({
  usage: "[OPTIONS]",
  options: [
    {
      name: "all",
      short: "a",
      type: "bool",
      summary: "Remove all images without a container, not only those without a tag",
    },
    {
      name: "filter",
      type: "list",
      word: "filter",
      summary: 'Conditions on the images, such as "until=24h"',
    },
    { name: "force", short: "f", type: "bool", summary: "Do not ask for confirmation" },
  ],
  arity: { least: 0, most: 0 },
  async run({ options }, context) {
    const { all, force } = options;
    const filters = withMoments(parseFilters(options.filter));
    if (!force && !await confirm(context, all ? ALL_WARNING : DANGLING_WARNING)) return 0;
    using engine = openEngine(context);
    const { removals, reclaimed } = await engine.images.prune({ all, filters });
    if (removals.length > 0) {
      context.stdout.line("Deleted Images:");
      for (const removal of removals) {
        context.stdout.line(
          "untagged" in removal ? `untagged: ${removal.untagged}` : `deleted: ${removal.deleted}`,
        );
      }
      context.stdout.line();
    }
    context.stdout.line(`Total reclaimed space: ${humanSize(reclaimed)}`);
    return 0;
  },
});
