/**
 * `tsd image inspect`: prints everything about images.
 *
 * @module
 */

import type { ImageInspection } from "../../../engine/mod.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { formatInspect } from "../../format_output.ts";
import { forEachOperand } from "../_for_each.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const imageInspect = defineCommand({
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  options: [
    {
      name: "format",
      short: "f",
      type: "string",
      summary: "Go template for each image, or json",
    },
  ],
  arity: { least: 1 },
  examples: ["tsd image inspect -f '{{json .Config.Env}}' alpine"],
  async run({ options, operands }, context) {
    using engine = openEngine(context);
    const found: ImageInspection[] = [];
    const exitCode = await forEachOperand(operands, context, async (name) => {
      found.push(await engine.images.inspect(name));
    });
    context.stdout.write(await formatInspect(found, options.format));
    return exitCode;
  },
});
