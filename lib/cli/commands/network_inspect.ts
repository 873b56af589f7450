/**
 * `tsd network inspect`: describes networks.
 *
 * @module
 */

import type { NetworkInspection } from "../../engine/describe/network_description.ts";
import { Networks } from "../../engine/network/networks.ts";
import { defineCommand } from "../command_line/mod.ts";
import { formatInspect } from "../format_output.ts";
import { forEachOperand } from "./_for_each.ts";
import { openedInstance } from "./_opened_instance.ts";

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
    using instance = openedInstance(context);
    const networks = new Networks(instance);
    const found: NetworkInspection[] = [];
    const exitCode = await forEachOperand(operands, context, async (name) => {
      found.push(await networks.inspect(name));
    });
    context.stdout.write(formatInspect(found, options.format));
    return exitCode;
  },
});
