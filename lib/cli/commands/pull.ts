/**
 * `tsd pull`: downloads an image from a registry.
 *
 * @module
 */

import type { PullProgress as PullReport } from "../../image/pull/mod.ts";
import { canonicalName, familiarName, parseReference } from "../../image/reference.ts";
import type { Reference } from "../../image/reference.ts";
import { type CommandContext, defineCommand } from "../command_line/mod.ts";
import { pullDisplay } from "../pull_display.ts";
import { openImages } from "./_open_images.ts";

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
    using opened = openImages(context);
    const display = options.quiet ? undefined : pullDisplay(context.stdout, context);
    if (display && !/[:@][^/]*$/.test(name!)) display.line(`Using default tag: ${reference.tag}`);
    const onProgress = (report: PullReport) => {
      if (report.kind === "resolved") display?.line(pullingLine(reference));
      if (report.kind === "retrying") context.debug(`${report.subject}: ${report.error.message}`);
      display?.update(report);
    };
    const { platform } = options;
    const { signal } = context;
    const pulled = await opened.images.pull(name!, { platform, onProgress, signal })
      .finally(() => display?.finish());
    if (display) printResult(context, reference, pulled);
    context.stdout.line(canonicalName(reference));
    return 0;
  },
});

function pullingLine({ tag, digest, repository }: Reference): string {
  return `${digest ?? tag}: Pulling from ${repository}`;
}

function printResult(
  { stdout }: CommandContext,
  reference: Reference,
  { digest, status }: { digest: string; status: "downloaded" | "upToDate" },
): void {
  const state = status === "downloaded" ? "Downloaded newer image for" : "Image is up to date for";
  stdout.line(`Digest: ${digest}`);
  stdout.line(`Status: ${state} ${familiarName(reference)}`);
}
