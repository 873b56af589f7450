/**
 * `tsd commit`: makes an image of a container.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const commit = defineCommand({
  usage: "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
  options: [
    {
      name: "author",
      short: "a",
      type: "string",
      summary: "Author, such as a name and an address",
    },
    {
      name: "change",
      short: "c",
      type: "list",
      summary: "Dockerfile instruction to apply to the image's configuration",
    },
    { name: "message", short: "m", type: "string", summary: "Remark for the image's history" },
    {
      name: "pause",
      short: "p",
      type: "bool",
      default: true,
      summary: "Pause the container meanwhile",
    },
  ],
  arity: { least: 1, most: 2 },
  examples: ["tsd commit web", "tsd commit -c 'CMD [\"/srv/run\"]' -m 'with data' web site:2"],
  async run({ options, operands: [container, name] }, context) {
    using engine = openEngine(context);
    const id = await engine.containers.commit(container!, {
      name,
      author: options.author,
      message: options.message,
      changes: options.change,
      pause: options.pause,
      signal: context.signal,
    });
    context.stdout.line(id);
    return 0;
  },
});
