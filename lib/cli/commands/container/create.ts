/**
 * `tsd create`: creates a container, to be started later.
 *
 * @module
 */

import { defineCommand, UsageError } from "../../command_line/mod.ts";
import { openEngine } from "../_open_engine.ts";
import { pullReports } from "../_pull_reports.ts";
import { CREATE_OPTIONS, createOptions } from "../_run_options.ts";

/** The command. */
export const create = defineCommand({
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  options: CREATE_OPTIONS,
  arity: { least: 0 },
  passThrough: true,
  examples: ["tsd create --name web -it alpine /bin/sh"],
  async run({ options, operands }, context) {
    if (operands.length === 0 && options.rootfs === undefined) {
      throw new UsageError("tsd: 'tsd create' requires at least 1 argument");
    }
    const wanted = createOptions(options, operands, context.env);
    using engine = openEngine(context, pullReports(options.quiet, wanted.image, context));
    const { id } = await engine.containers.create({
      ...wanted,
      onWarning: (text) => context.stderr.line(`WARNING: ${text}`),
    });
    context.stdout.line(id);
    return 0;
  },
});
