/**
 * `tsd load`: takes images out of an archive.
 *
 * @module
 */

import { familiarName } from "../../../engine/mod.ts";
import { readFilePieces, readStandardInput } from "../../archive_input.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const load = defineCommand({
  usage: "[OPTIONS]",
  options: [
    { name: "input", short: "i", type: "string", summary: "File to read, not standard input" },
    { name: "quiet", short: "q", type: "bool", summary: "Print only what was loaded" },
  ],
  arity: { least: 0, most: 0 },
  examples: ["tsd load -i images.tar", "zstd -dc images.tar.zst | tsd load"],
  async run({ options: { input, quiet } }, context) {
    const { signal, stderr, stdout } = context;
    const source = input === undefined ? readStandardInput("load", context) : readFilePieces(input);
    using engine = openEngine(context);
    const onLayer = (digest: string) => {
      if (!quiet && stderr.isTerminal()) stderr.line(`Loaded layer ${digest.slice(7, 19)}`);
    };
    for (const { id, names } of await engine.images.load(source, { signal, onLayer })) {
      for (const { reference, replaced } of names) {
        const name = familiarName(reference);
        if (replaced !== undefined) {
          stdout.line(
            `The image ${name} already exists, renaming the old one with ID ${replaced} to empty ` +
              "string",
          );
        }
        stdout.line(`Loaded image: ${name}`);
      }
      if (names.length === 0) stdout.line(`Loaded image ID: ${id}`);
    }
    return 0;
  },
});
