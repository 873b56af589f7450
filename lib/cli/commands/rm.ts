/**
 * `tsd rm`: removes containers.
 *
 * @module
 */

import { containerContext } from "../../engine/instance/container_context.ts";
import { removeOnRequest } from "../../engine/lifecycle/remove_container.ts";
import { defineCommand } from "../command_line/command.ts";
import { forEachAtOnce } from "./_for_each.ts";
import { openedInstance } from "./_opened_instance.ts";

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
    using instance = openedInstance(context);
    const containers = containerContext(instance);
    return await forEachAtOnce(
      operands,
      context,
      (name) => removeOnRequest(containers, name, options),
      { isHarmless: ({ kind }) => options.force && kind === "notFound" },
    );
  },
});
