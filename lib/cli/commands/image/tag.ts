/**
 * `tsd tag`: gives an image a further name.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const tag = defineCommand({
  usage: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
  options: [],
  arity: { least: 2, most: 2 },
  examples: ["tsd tag alpine localhost:5000/base:1"],
  async run({ operands: [source, target] }, context) {
    using engine = openEngine(context);
    await engine.images.tag(source!, target!);
    return 0;
  },
});
