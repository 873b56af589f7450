/**
 * `tsd network rm`: removes networks.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { forEachOperand } from "../_for_each.ts";
import { openEngine } from "../_open_engine.ts";

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
    using engine = openEngine(context);
    return await forEachOperand(operands, context, async (name) => {
      await engine.networks.remove(name);
      context.stdout.line(name);
    }, { isExpected: ({ kind }) => options.force && kind === "notFound" });
  },
});
