/**
 * `tsd history`: tells how an image was built.
 *
 * @module
 */

import { type HistoryStep, humanAgo, shortId } from "../../../engine/mod.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { formatList } from "../../format_output.ts";
import { rfc3339 } from "../../timestamp.ts";
import { ellipsis, humanSize } from "../../units.ts";
import { openEngine } from "../_open_engine.ts";

const HEADINGS = { ID: "IMAGE", CreatedSince: "CREATED" };
const FORMAT = "table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
const CREATED_BY_WIDTH = 45;

/** The command. */
export const history = defineCommand({
  usage: "[OPTIONS] IMAGE",
  options: [
    { name: "format", type: "string", summary: "Go template for each step, table or json" },
    {
      name: "human",
      short: "H",
      type: "bool",
      default: true,
      summary: "Print sizes and dates in human readable form",
    },
    { name: "no-trunc", type: "bool", summary: "Do not shorten the output" },
    { name: "quiet", short: "q", type: "bool", summary: "Print only image IDs" },
  ],
  arity: { least: 1, most: 1 },
  async run({ options, operands: [name] }, context) {
    using engine = openEngine(context);
    const steps = await engine.images.history(name!);
    context.stdout.write(
      await formatList({
        rows: steps.map((step) => row(step, options)),
        format: options.format,
        quiet: options.quiet,
        headings: HEADINGS,
        defaultFormat: FORMAT,
      }),
    );
    return 0;
  },
});

function row(
  step: HistoryStep,
  { human, noTrunc }: { human: boolean; noTrunc: boolean },
): Record<string, string> {
  const createdBy = step.createdBy.replaceAll("\t", " ");
  const createdAt = step.createdAt === 0 ? "N/A" : rfc3339(step.createdAt);
  const id = step.id ?? "<missing>";
  return {
    ID: noTrunc || step.id === undefined ? id : shortId(id),
    CreatedSince: human && step.createdAt !== 0 ? humanAgo(step.createdAt) : createdAt,
    CreatedAt: createdAt,
    CreatedBy: noTrunc ? createdBy : ellipsis(createdBy, CREATED_BY_WIDTH),
    Size: human ? humanSize(step.size) : String(step.size),
    Comment: step.comment,
  };
}
