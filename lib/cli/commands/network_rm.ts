/**
 * `tsd network rm`: removes networks.
 *
 * @module
 */

import { Networks } from "../../engine/network/networks.ts";
import { defineCommand } from "../command_line/mod.ts";
import { forEachOperand } from "./_for_each.ts";
import { openedInstance } from "./_opened_instance.ts";

/** The command. */
export const networkRm = defineCommand({
  usage: "[OPTIONS] NETWORK [NETWORK...]",
  options: [
    {
      name: "force",
      short: "f",
      type: "bool",
      summary: "Do not error if the network does not exist",
    },
  ],
  arity: { least: 1 },
  examples: ["tsd network rm backend"],
  async run({ options, operands }, context) {
    using instance = openedInstance(context);
    const networks = new Networks(instance);
    return await forEachOperand(operands, context, async (name) => {
      await networks.remove(name);
      context.stdout.line(name);
    }, { isExpected: ({ kind }) => options.force && kind === "notFound" });
  },
});
