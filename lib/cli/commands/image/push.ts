/**
 * `tsd push`: uploads an image to a registry.
 *
 * @module
 */

import { EngineError } from "../../../errors.ts";
import {
  canonicalName,
  parseReference,
  type PushProgress,
  repositoryName,
} from "../../../engine/mod.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { narratePush } from "../../progress/push.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const push = defineCommand({
  usage: "[OPTIONS] NAME[:TAG]",
  options: [
    { name: "all-tags", short: "a", type: "bool", summary: "Push all tags of the repository" },
    { name: "quiet", short: "q", type: "bool", summary: "Print only the image's name" },
  ],
  arity: { least: 1, most: 1 },
  examples: ["tsd push registry.example/app:1.0", "tsd push -a registry.example/app"],
  async run({ options: { allTags, quiet }, operands: [name] }, context) {
    const reference = parseReference(name!);
    const hasSuffix = /[:@][^/]*$/.test(name!);
    if (allTags && hasSuffix) {
      throw new EngineError("tag can't be used with --all-tags/-a", { kind: "invalid" });
    }
    using engine = openEngine(context);
    const { stdout, signal } = context;
    if (!quiet && !allTags && !hasSuffix) stdout.line(`Using default tag: ${reference.tag}`);
    const narration = quiet ? undefined : narratePush(reference, stdout, context);
    const onProgress = (report: PushProgress) => {
      if (report.kind === "retrying") context.debug(`${report.subject}: ${report.error.message}`);
      narration?.update(report);
    };
    narration?.begin();
    await engine.images.push(name!, { allTags, onProgress, signal })
      .finally(() => narration?.finish());
    if (quiet) stdout.line(allTags ? repositoryName(reference) : canonicalName(reference));
    return 0;
  },
});
