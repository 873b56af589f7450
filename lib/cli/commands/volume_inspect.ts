/**
 * `tsd volume inspect`: describes volumes.
 *
 * @module
 */

import { type VolumeInspection, Volumes } from "../../engine/volume/volumes.ts";
import { defineCommand } from "../command_line/mod.ts";
import { formatInspect } from "../format_output.ts";
import { forEachOperand } from "./_for_each.ts";
import { openedInstance } from "./_opened_instance.ts";

/** The command. */
export const volumeInspect = defineCommand({
  usage: "[OPTIONS] VOLUME [VOLUME...]",
  options: [
    { name: "format", short: "f", type: "string", summary: "Go template for each volume, or json" },
  ],
  arity: { least: 1 },
  examples: ["tsd volume inspect -f '{{.Mountpoint}}' data"],
  async run({ options, operands }, context) {
    using instance = openedInstance(context);
    const volumes = new Volumes(instance);
    const found: VolumeInspection[] = [];
    const exitCode = await forEachOperand(operands, context, (name) => {
      found.push(volumes.inspect(name));
    });
    context.stdout.write(formatInspect(found, options.format));
    return exitCode;
  },
});
