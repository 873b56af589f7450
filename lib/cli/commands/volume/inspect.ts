/**
 * `tsd volume inspect`: describes volumes.
 *
 * @module
 */

import type { VolumeInspection } from "../../../engine/mod.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { formatInspect } from "../../format_output.ts";
import { forEachOperand } from "../_for_each.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const volumeInspect = defineCommand({
  usage: "[OPTIONS] VOLUME [VOLUME...]",
  options: [
    { name: "format", short: "f", type: "string", summary: "Go template for each volume, or json" },
  ],
  arity: { least: 1 },
  examples: ["tsd volume inspect -f '{{.Mountpoint}}' data"],
  async run({ options, operands }, context) {
    using engine = openEngine(context);
    const found: VolumeInspection[] = [];
    const exitCode = await forEachOperand(operands, context, async (name) => {
      found.push(await engine.volumes.inspect(name));
    });
    context.stdout.write(await formatInspect(found, options.format));
    return exitCode;
  },
});
