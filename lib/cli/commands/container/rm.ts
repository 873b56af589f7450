/**
 * `tsd rm`: removes containers.
 *
 * @module
 */

import { defineCommand } from "../../command_line/command.ts";
import { forEachAtOnce } from "../_for_each.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const rm = defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: [
    {
      name: "force",
      short: "f",
      type: "bool",
      summary: "Force the removal of a running container (uses SIGKILL)",
    },
    {
      name: "volumes",
      short: "v",
      type: "bool",
      summary: "Remove anonymous volumes associated with the container",
    },
  ],
  arity: { least: 1 },
  examples: ["tsd rm web", "tsd rm -f $(tsd ps -aq)"],
  async run({ options, operands }, context) {
    using engine = openEngine(context);
    return await forEachAtOnce(
      operands,
      context,
      (name) => engine.containers.remove(name, options),
      { isHarmless: ({ kind }) => options.force && kind === "notFound" },
    );
  },
});
