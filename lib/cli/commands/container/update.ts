/**
 * `tsd update`: changes what containers are, also while they run.
 *
 * @module
 */

import { parseRestartPolicy } from "../../../engine/mod.ts";
import { EngineError } from "../../../errors.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { forEachOperand } from "../_for_each.ts";
import { RESOURCE_OPTIONS, resourceLimits } from "../_limit_options.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const update = defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: [
    ...RESOURCE_OPTIONS,
    {
      name: "restart",
      type: "string",
      summary: "Restart policy to apply when a container exits",
    },
  ],
  arity: { least: 1 },
  examples: ["tsd update --restart unless-stopped web", "tsd update -m 512m --cpus 1.5 web"],
  async run({ options, operands }, context) {
    const limits = resourceLimits(options);
    if (options.restart === undefined && Object.keys(limits).length === 0) {
      throw new EngineError("you must provide one or more flags when using this command", {
        kind: "invalid",
      });
    }
    const restart = options.restart === undefined ? undefined : parseRestartPolicy(options.restart);
    using engine = openEngine(context);
    const onWarning = (text: string) => context.stderr.line(`WARNING: ${text}`);
    return await forEachOperand(operands, context, async (name) => {
      await engine.containers.update(name, { restart, limits, onWarning });
      context.stdout.line(name);
    });
  },
});
