/**
 * `tsd export`: writes a container's root file system to an archive.
 *
 * @module
 */

import { checkOutput, writeArchive } from "../../archive_output.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const exportCommand = defineCommand({
  usage: "[OPTIONS] CONTAINER",
  options: [
    {
      name: "output",
      short: "o",
      type: "string",
      summary: "File to write to, not standard output",
    },
  ],
  arity: { least: 1, most: 1 },
  examples: ["tsd export -o web.tar web", "tsd export web | tar -t"],
  async run({ options, operands: [container] }, context) {
    const output = { verb: "export", path: options.output };
    checkOutput(output, context);
    using engine = openEngine(context);
    const archive = await engine.containers.export(container!, context.signal);
    await writeArchive(archive, output, context);
    return 0;
  },
});
