/**
 * `tsd ps`: lists containers.
 *
 * @module
 */

import { defineCommand } from "../../command_line/command.ts";
import { containerRow } from "../../container_row.ts";
import { parseFilters } from "../../filters.ts";
import { formatList } from "../../format_output.ts";
import { openEngine } from "../_open_engine.ts";

const HEADINGS = {
  ID: "CONTAINER ID",
  RunningFor: "CREATED",
  IPs: "IPS",
};
const DEFAULT_FORMAT =
  "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";

/** The command. */
export const ps = defineCommand({
  usage: "[OPTIONS]",
  options: [
    {
      name: "all",
      short: "a",
      type: "bool",
      summary: "Show all containers (default shows just running)",
    },
    {
      name: "filter",
      short: "f",
      type: "list",
      word: "filter",
      summary: "Conditions on the containers, such as status=exited: id, name, label, status, " +
        "exited, ancestor, volume, network, health, before, since, publish, expose",
    },
    { name: "format", type: "string", summary: "Go template for each container, table or json" },
    {
      name: "last",
      short: "n",
      type: "int",
      summary: "Show n last created containers (includes all states)",
      default: -1,
    },
    {
      name: "latest",
      short: "l",
      type: "bool",
      summary: "Show the latest created container (includes all states)",
    },
    { name: "no-trunc", type: "bool", summary: "Do not shorten the output" },
    { name: "quiet", short: "q", type: "bool", summary: "Print only container IDs" },
    { name: "size", short: "s", type: "bool", summary: "Show the size of what they changed" },
  ],
  arity: { least: 0, most: 0 },
  examples: [
    "tsd ps -a --filter status=exited",
    "tsd ps --format '{{.Names}}: {{.Status}} {{.Pid}} {{.Restarts}}'",
  ],
  async run({ options }, context) {
    const { format, quiet } = options;
    const filters = parseFilters(options.filter);
    const last = options.latest ? 1 : options.last;
    using engine = openEngine(context);
    const containers = await engine.containers.summarize({
      all: options.all,
      filters,
      ...last > 0 && { limit: last },
      // Looks at every file the containers have changed.
      size: !quiet && (options.size || /\.Size\b/.test(format ?? "")),
    });
    context.stdout.write(
      await formatList({
        rows: containers.map((container) => containerRow(container, !options.noTrunc)),
        format,
        quiet,
        headings: HEADINGS,
        defaultFormat: options.size ? `${DEFAULT_FORMAT}\t{{.Size}}` : DEFAULT_FORMAT,
      }),
    );
    return 0;
  },
});
