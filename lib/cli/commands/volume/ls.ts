/**
 * `tsd volume ls`: lists volumes.
 *
 * @module
 */

import type { ListedVolume } from "../../../engine/mod.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { parseFilters } from "../../filters.ts";
import { formatList, type Row } from "../../format_output.ts";
import { openEngine } from "../_open_engine.ts";

const NOT_KNOWN = "N/A";

/** The command. */
export const volumeLs = defineCommand({
  usage: "[OPTIONS]",
  options: [
    {
      name: "filter",
      short: "f",
      type: "list",
      word: "filter",
      summary: "Conditions on the volumes: dangling, driver, label, name",
    },
    { name: "format", type: "string", summary: "Go template for each volume, table or json" },
    { name: "quiet", short: "q", type: "bool", summary: "Only display volume names" },
  ],
  arity: { least: 0, most: 0 },
  examples: ["tsd volume ls --filter dangling=true"],
  async run({ options }, context) {
    using engine = openEngine(context);
    const volumes = await engine.volumes.list(parseFilters(options.filter));
    context.stdout.write(
      await formatList({
        rows: volumes.map(volumeRow),
        format: options.format,
        quiet: options.quiet,
        headings: { Name: "VOLUME NAME" },
        defaultFormat: "table {{.Driver}}\t{{.Name}}",
        quietFormat: "{{.Name}}",
      }),
    );
    return 0;
  },
});

function volumeRow({ driver, labels, mountPoint, name }: ListedVolume): Row {
  return {
    Name: name,
    Driver: driver,
    Scope: "local",
    Mountpoint: mountPoint,
    Labels: Object.keys(labels).sort().map((key) => `${key}=${labels[key]}`).join(","),
    Label: (key: string) => labels[key] ?? "",
    Availability: NOT_KNOWN,
    Group: NOT_KNOWN,
    Links: NOT_KNOWN,
    Size: NOT_KNOWN,
    Status: NOT_KNOWN,
  };
}
