/**
 * `tsd system df`: shows how much space the instance takes.
 *
 * @module
 */

import type { DiskUsage } from "../../../engine/mod.ts";
import { EngineError } from "../../../errors.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { diskUsageObjects, diskUsageTables } from "../../disk_usage_tables.ts";
import { formatList, type Row } from "../../format_output.ts";
import { humanSize } from "../../units.ts";
import { formatObject } from "../_object_format.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const systemDf = defineCommand({
  usage: "[OPTIONS]",
  options: [
    { name: "format", type: "string", summary: "Go template, table or json" },
    { name: "verbose", short: "v", type: "bool", summary: "Show each image, container and volume" },
  ],
  arity: { least: 0, most: 0 },
  examples: ["tsd system df -v", "tsd system df --format '{{.Type}}: {{.Reclaimable}}'"],
  async run({ options: { format = "", verbose } }, context) {
    if (verbose && format.startsWith("table")) {
      throw new EngineError('the "verbose" option and a table format cannot be combined', {
        kind: "invalid",
      });
    }
    using engine = openEngine(context);
    const usage = await engine.system.diskUsage();
    context.stdout.write(
      verbose ? await inDetail(usage, format) : await formatList({
        rows: summaryRows(usage),
        format,
        headings: { TotalCount: "TOTAL" },
        defaultFormat: "table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}",
      }),
    );
    return 0;
  },
});

async function inDetail(usage: DiskUsage, format: string): Promise<string> {
  if (format === "") return await diskUsageTables(usage);
  return await formatObject(diskUsageObjects(usage), format);
}

/** Docker's rows, and one for what Docker does not keep: images as they were pulled. */
function summaryRows(usage: DiskUsage): Row[] {
  const { images, layersSize, containers, volumes, blobs } = usage;
  const idle = containers.filter(({ isActive }) => !isActive);
  const unused = volumes.filter(({ links }) => links === 0);
  return [
    row("Images", {
      count: images.length,
      active: images.filter((image) => image.containers > 0).length,
      size: layersSize,
      reclaimable: usage.reclaimableOfImages,
    }),
    row("Containers", {
      count: containers.length,
      active: containers.length - idle.length,
      size: sizeOf(containers),
      reclaimable: sizeOf(idle),
    }),
    row("Local Volumes", {
      count: volumes.length,
      active: volumes.length - unused.length,
      size: sizeOf(volumes),
      reclaimable: sizeOf(unused),
    }),
    row("Build Cache", { count: 0, active: 0, size: 0, reclaimable: 0 }),
    row("Blobs", blobs),
  ];
}

interface Summary {
  count: number;
  active: number;
  size: number;
  reclaimable: number;
}

function row(type: string, { count, active, size, reclaimable }: Summary): Row {
  const percent = size > 0 ? ` (${Math.trunc((reclaimable * 100) / size)}%)` : "";
  return {
    Type: type,
    TotalCount: String(count),
    Active: String(active),
    Size: humanSize(size, 4),
    Reclaimable: `${humanSize(reclaimable, 4)}${percent}`,
  };
}

function sizeOf(objects: readonly { size: number }[]): number {
  return objects.reduce((sum, { size }) => sum + size, 0);
}
