/**
 * `tsd rmi`: removes images.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { forEachOperand } from "../_for_each.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const rmi = defineCommand({
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  options: [
    { name: "force", short: "f", type: "bool", summary: "Force removal of the image" },
    { name: "no-prune", type: "bool", summary: "Do not delete untagged parents", hidden: true },
  ],
  arity: { least: 1 },
  examples: ["tsd rmi alpine", "tsd rmi -f 4bcff63911fc"],
  async run({ options, operands }, context) {
    using engine = openEngine(context);
    const { force } = options;
    return await forEachOperand(operands, context, async (name) => {
      for (const removal of await engine.images.remove(name, { force })) {
        const line = "untagged" in removal
          ? `Untagged: ${removal.untagged}`
          : `Deleted: ${removal.deleted}`;
        context.stdout.line(line);
      }
      // As `rm -f`: what is not there need not be removed.
    }, { isHarmless: ({ kind }) => force && kind === "notFound" });
  },
});
