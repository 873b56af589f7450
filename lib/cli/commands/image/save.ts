/**
 * `tsd save`: writes images to an archive.
 *
 * @module
 */

import { checkOutput, writeArchive } from "../../archive_output.ts";
import { defineCommand, UsageError } from "../../command_line/mod.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const save = defineCommand({
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  options: [
    {
      name: "format",
      type: "string",
      default: "docker",
      summary: "docker, which all engines read, or oci, OCI's image layout alone",
    },
    {
      name: "output",
      short: "o",
      type: "string",
      summary: "File to write to, not standard output",
    },
  ],
  arity: { least: 1 },
  examples: ["tsd save -o web.tar web:1 web:2", "tsd save alpine | ssh host tsd load"],
  async run({ options, operands }, context) {
    const format = archiveFormat(options.format);
    const output = { verb: "save", path: options.output };
    checkOutput(output, context);
    using engine = openEngine(context);
    const archive = await engine.images.save(operands, { format, signal: context.signal });
    await writeArchive(archive, output, context);
    return 0;
  },
});

/** Podman's names are understood too. */
function archiveFormat(text: string): "docker" | "oci" {
  if (text === "docker" || text === "docker-archive") return "docker";
  if (text === "oci" || text === "oci-archive") return "oci";
  throw new UsageError(`unknown format "${text}", it must be docker or oci`);
}
