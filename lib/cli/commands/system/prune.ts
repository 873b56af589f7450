/**
 * `tsd system prune`: removes everything that nothing needs.
 *
 * @module
 */

import { EngineError } from "../../../errors.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { confirm } from "../../confirm.ts";
import { parseFilters } from "../../filters.ts";
import type { TextOutput } from "../../text_output.ts";
import { humanSize } from "../../units.ts";
import { withMoments } from "../../until_filter.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const systemPrune = defineCommand({
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
      summary: 'Conditions on what is removed, such as "label=stage=test", "until=24h"',
    },
    { name: "force", short: "f", type: "bool", summary: "Do not ask for confirmation" },
    { name: "volumes", type: "bool", summary: "Remove anonymous volumes as well" },
  ],
  arity: { least: 0, most: 0 },
  examples: ["tsd system prune -af --filter until=24h"],
  async run({ options }, context) {
    const { all, force, volumes } = options;
    const filters = withMoments(parseFilters(options.filter));
    if (volumes && filters.until) {
      throw new EngineError('The "until" filter is not supported with "--volumes"', {
        kind: "invalid",
      });
    }
    if (!force && !await confirm(context, warning(all, volumes, options.filter))) return 0;
    using engine = openEngine(context);
    const { stdout } = context;
    const removed = await engine.system.prune({ all, volumes, filters });
    section(stdout, "Deleted Containers:", removed.containers);
    section(stdout, "Deleted Networks:", removed.networks);
    section(stdout, "Deleted Volumes:", removed.volumes);
    section(
      stdout,
      "Deleted Images:",
      removed.images.map((one) =>
        "untagged" in one ? `untagged: ${one.untagged}` : `deleted: ${one.deleted}`
      ),
    );
    stdout.line(`Total reclaimed space: ${humanSize(removed.reclaimed, 4)}`);
    return 0;
  },
});

function warning(all: boolean, volumes: boolean, filters: readonly string[]): string {
  const lines = [
    "This will remove:",
    "  - all stopped containers",
    "  - all networks not used by at least one container",
    ...volumes ? ["  - all anonymous volumes not used by at least one container"] : [],
    all
      ? "  - all images without at least one container associated to them"
      : "  - all dangling images",
    ...filters.length > 0
      ? ["", "  Items to be pruned will be filtered with:", ...filters.map((text) => `  - ${text}`)]
      : [],
    "",
  ];
  return lines.join("\n");
}

function section(stdout: TextOutput, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  stdout.line(title);
  for (const line of lines) stdout.line(line);
  stdout.line();
}
