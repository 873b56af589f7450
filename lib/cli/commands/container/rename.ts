/**
 * `tsd rename`: gives a container another name.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const rename = defineCommand({
  usage: "CONTAINER NEW_NAME",
  options: [],
  arity: { least: 2, most: 2 },
  examples: ["tsd rename web old-web"],
  async run({ operands: [name, newName] }, context) {
    using engine = openEngine(context);
    await engine.containers.rename(name!, newName!);
    return 0;
  },
});
