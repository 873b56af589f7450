/**
 * `tsd volume rm`: removes volumes.
 *
 * @module
 */

import { Volumes } from "../../engine/volume/volumes.ts";
import { defineCommand } from "../command_line/mod.ts";
import { forEachOperand } from "./_for_each.ts";
import { openedInstance } from "./_opened_instance.ts";

/** The command. */
export const volumeRm = defineCommand({
  usage: "[OPTIONS] VOLUME [VOLUME...]",
  options: [
    {
      name: "force",
      short: "f",
      type: "bool",
      summary: "Force the removal of one or more volumes: one that does not exist is no error",
    },
  ],
  arity: { least: 1 },
  examples: ["tsd volume rm data"],
  async run({ options, operands }, context) {
    using instance = openedInstance(context);
    const volumes = new Volumes(instance);
    return await forEachOperand(operands, context, async (name) => {
      await volumes.remove(name, { force: options.force });
      context.stdout.line(name);
    });
  },
});
