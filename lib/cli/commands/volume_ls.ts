/**
 * `tsd volume ls`: lists volumes.
 *
 * @module
 */

import { Volumes } from "../../engine/volume/volumes.ts";
import type { VolumeRecord } from "../../volume/mod.ts";
import { defineCommand } from "../command_line/mod.ts";
import { parseFilters } from "../filters.ts";
import { formatList, type Row } from "../format_output.ts";
import { openedInstance } from "./_opened_instance.ts";

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
  run({ options }, context) {
    using instance = openedInstance(context);
    const volumes = new Volumes(instance);
    const rows = volumes.list(parseFilters(options.filter))
      .map((volume) => volumeRow(volume, volumes.mountPoint(volume.name)));
    context.stdout.write(formatList({
      rows,
      format: options.format,
      quiet: options.quiet,
      headings: { Name: "VOLUME NAME" },
      defaultFormat: "table {{.Driver}}\t{{.Name}}",
      quietFormat: "{{.Name}}",
    }));
    return Promise.resolve(0);
  },
});

function volumeRow({ driver, labels, name }: VolumeRecord, mountPoint: string): Row {
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
