/**
 * `tsd import`: makes an image of an archive of a root file system.
 *
 * @module
 */

import { fetchPieces, readFilePieces, readStandardInput } from "../../archive_input.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const importCommand = defineCommand({
  usage: "[OPTIONS] FILE|URL|- [REPOSITORY[:TAG]]",
  options: [
    {
      name: "change",
      short: "c",
      type: "list",
      summary: "Dockerfile instruction to apply to the image's configuration",
    },
    { name: "message", short: "m", type: "string", summary: "Remark for the image's history" },
    { name: "platform", type: "string", summary: "Platform of the image, such as linux/arm64" },
  ],
  arity: { least: 1, most: 2 },
  examples: [
    "tsd import rootfs.tar.gz base:1",
    "tsd export web | tsd import -c 'CMD [\"/bin/sh\"]' - flat:1",
  ],
  async run({ options, operands: [source, name] }, context) {
    const { signal } = context;
    const archive = source === "-"
      ? readStandardInput("import", context)
      : /^https?:\/\//.test(source!)
      ? fetchPieces(source!, signal)
      : readFilePieces(source!);
    using engine = openEngine(context);
    const id = await engine.images.import(archive, {
      name,
      changes: options.change,
      message: options.message ?? `Imported from ${source}`,
      platform: options.platform,
      signal,
    });
    context.stdout.line(id);
    return 0;
  },
});
