/**
 * `tsd pull`: downloads an image from a registry.
 *
 * @module
 */

import {
  canonicalName,
  parseReference,
  type PullProgress as PullReport,
} from "../../../engine/mod.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { narratePull } from "../../progress/pull.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const pull = defineCommand({
  usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
  options: [
    {
      name: "platform",
      type: "string",
      summary: "Platform of the image, such as linux/arm64, where it is made for several",
    },
    { name: "quiet", short: "q", type: "bool", summary: "Print only the image's name" },
  ],
  arity: { least: 1, most: 1 },
  examples: ["tsd pull alpine", "tsd pull --platform linux/arm64 debian:12"],
  async run({ options, operands: [name] }, context) {
    const reference = parseReference(name!);
    using engine = openEngine(context);
    const { stdout } = context;
    if (!options.quiet && !/[:@][^/]*$/.test(name!)) {
      stdout.line(`Using default tag: ${reference.tag}`);
    }
    const narration = options.quiet ? undefined : narratePull(reference, stdout, context);
    const onProgress = (report: PullReport) => {
      if (report.kind === "retrying") context.debug(`${report.subject}: ${report.error.message}`);
      narration?.update(report);
    };
    const platform = options.platform || undefined;
    const { signal } = context;
    const pulled = await engine.images.pull(name!, { platform, onProgress, signal })
      .finally(() => narration?.finish());
    narration?.done(pulled);
    stdout.line(canonicalName(reference));
    return 0;
  },
});
