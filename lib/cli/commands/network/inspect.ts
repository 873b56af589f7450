/**
 * `tsd network inspect`: describes networks.
 *
 * @module
 */

import type { NetworkInspection } from "../../../engine/mod.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { formatInspect } from "../../format_output.ts";
import { forEachOperand } from "../_for_each.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const networkInspect = defineCommand({
  usage: "[OPTIONS] NETWORK [NETWORK...]",
  options: [
    {
      name: "format",
      short: "f",
      type: "string",
      summary: "Go template for each network, or json",
    },
    { name: "verbose", short: "v", type: "bool", summary: "Accepted as Docker's", hidden: true },
  ],
  arity: { least: 1 },
  examples: ["tsd network inspect -f '{{(index .IPAM.Config 0).Subnet}}' bridge"],
  async run({ options, operands }, context) {
    using engine = openEngine(context);
    const found: NetworkInspection[] = [];
    const exitCode = await forEachOperand(operands, context, async (name) => {
      found.push(await engine.networks.inspect(name));
    });
    context.stdout.write(await formatInspect(found, options.format));
    return exitCode;
  },
});
