/**
 * `tsd ps`: lists containers.
 *
 * @module
 */

import type { ContainerRecord } from "../../container/store.ts";
import { networkNames } from "../../engine/describe/container_connections.ts";
import { listContainers } from "../../engine/describe/container_list.ts";
import { imageIdFinder } from "../../engine/image/image_id_finder.ts";
import type { Instance } from "../../engine/instance/instance.ts";
import { defineCommand } from "../command_line/command.ts";
import { containerRow } from "../container_row.ts";
import { parseFilters } from "../filters.ts";
import { formatList, type Row } from "../format_output.ts";
import { humanSize } from "../units.ts";
import { openedInstance } from "./_opened_instance.ts";

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
    using instance = openedInstance(context);
    const records = await listContainers(instance, {
      all: options.all,
      filters,
      ...last > 0 && { limit: last },
    });
    const surroundings = {
      networksOf: networkNames(instance.database),
      findImage: imageIdFinder(instance.database),
    };
    const rows: Row[] = records.map((record) =>
      containerRow(record, !options.noTrunc, surroundings)
    );
    const wantsSize = options.size || /\.Size\b/.test(format ?? "");
    context.stdout.write(formatList({
      rows: wantsSize && !quiet ? await withSizes(rows, records, instance) : rows,
      format,
      quiet,
      headings: HEADINGS,
      defaultFormat: options.size ? `${DEFAULT_FORMAT}\t{{.Size}}` : DEFAULT_FORMAT,
    }));
    return 0;
  },
});

/** Looks at every file the containers have changed. */
async function withSizes(
  rows: readonly Row[],
  records: readonly ContainerRecord[],
  instance: Instance,
): Promise<Row[]> {
  const { containerSize } = await import("../../engine/describe/container_size.ts");
  return rows.map((row, index) => {
    const { writable, root } = containerSize(instance, records[index]!);
    return { ...row, Size: `${humanSize(writable)} (virtual ${humanSize(root)})` };
  });
}
