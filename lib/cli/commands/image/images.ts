/**
 * `tsd images`: lists images.
 *
 * @module
 */

import {
  familiarRepository,
  humanAgo,
  type ImageSummary,
  repositoryName,
  shortId,
} from "../../../engine/mod.ts";
import { defineCommand } from "../../command_line/command.ts";
import { parseFilters } from "../../filters.ts";
import { formatList } from "../../format_output.ts";
import { goTime } from "../../timestamp.ts";
import { humanSize } from "../../units.ts";
import { openEngine } from "../_open_engine.ts";

const HEADINGS = { ID: "IMAGE ID", CreatedSince: "CREATED" };
const NONE = "<none>";

/** The command. */
export const images = defineCommand({
  usage: "[OPTIONS] [REPOSITORY[:TAG]]",
  options: [
    {
      name: "all",
      short: "a",
      type: "bool",
      summary: "Show all images; there are no intermediate ones to hide",
    },
    { name: "digests", type: "bool", summary: "Show digests" },
    {
      name: "filter",
      short: "f",
      type: "list",
      word: "filter",
      summary: "Conditions on the images: before, dangling, label, reference, since, until",
    },
    { name: "format", type: "string", summary: "Go template for each image, table or json" },
    { name: "no-trunc", type: "bool", summary: "Do not shorten the output" },
    { name: "quiet", short: "q", type: "bool", summary: "Print only image IDs" },
  ],
  arity: { least: 0, most: 1 },
  examples: ["tsd images --filter dangling=true", "tsd images --format '{{.ID}} {{.Size}}'"],
  async run({ options, operands: [name] }, context) {
    let filters = parseFilters(options.filter);
    // Loaded where it is asked for: lists are asked for more often than anything else.
    if (filters.until) filters = (await import("../../until_filter.ts")).withMoments(filters);
    if (name !== undefined) (filters.reference ??= []).push(name);
    const digests = options.digests || /\.Digest\b/.test(options.format ?? "");
    using engine = openEngine(context);
    const rows = (await engine.images.list({ filters }))
      .flatMap((image) => namesOf(image, digests).map((names) => ({ ...names, ...facts(image) })))
      .map((row) => options.noTrunc ? row : { ...row, ID: shortId(row.ID) });
    context.stdout.write(
      await formatList({
        rows,
        format: options.format,
        quiet: options.quiet,
        headings: HEADINGS,
        defaultFormat: defaultFormat(digests),
      }),
    );
    return 0;
  },
});

function defaultFormat(digests: boolean): string {
  const digest = digests ? "{{.Digest}}\t" : "";
  return `table {{.Repository}}\t{{.Tag}}\t${digest}{{.ID}}\t{{.CreatedSince}}\t{{.Size}}` +
    "\t{{.Containers}}";
}

interface Names {
  Repository: string;
  Tag: string;
  Digest: string;
}

/** A row for each tag, and with digests for each digest of the tag's repository. */
function namesOf({ tags, digests }: ImageSummary, withDigests: boolean): Names[] {
  const rows = tags.flatMap((tag): Names[] => {
    const names = { Repository: familiarRepository(tag), Tag: tag.tag ?? NONE };
    const own = digests.filter((digest) => repositoryName(digest) === repositoryName(tag));
    if (!withDigests || own.length === 0) return [{ ...names, Digest: NONE }];
    return own.map(({ digest }) => ({ ...names, Digest: digest ?? NONE }));
  });
  const tagged = new Set(tags.map(repositoryName));
  const untagged = digests.filter((digest) => !tagged.has(repositoryName(digest))).map((name) => ({
    Repository: familiarRepository(name),
    Tag: NONE,
    Digest: withDigests ? name.digest ?? NONE : NONE,
  }));
  const all = [...rows, ...untagged];
  return all.length > 0 ? all : [{ Repository: NONE, Tag: NONE, Digest: NONE }];
}

function facts(
  { id, createdAt, size, containers }: ImageSummary,
): { ID: string } & Record<string, string> {
  return {
    ID: id,
    CreatedSince: createdAt === 0 ? "N/A" : humanAgo(createdAt),
    CreatedAt: createdAt === 0 ? "N/A" : goTime(createdAt),
    Size: humanSize(size),
    Containers: String(containers),
    SharedSize: "N/A",
    UniqueSize: "N/A",
  };
}
