/**
 * `tsd top`: lists the processes of a container.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { alignColumns } from "../../table.ts";
import { openEngine } from "../_open_engine.ts";

/** Docker's least width of a column, padding included. */
const LEAST_WIDTH = 20;

/** The command. */
export const top = defineCommand({
  usage: "CONTAINER [ps OPTIONS]",
  options: [],
  arity: { least: 1 },
  passThrough: true,
  examples: ["tsd top web", "tsd top web -o pid,user,etime,args"],
  async run({ operands: [name, ...options] }, context) {
    using engine = openEngine(context);
    const { titles, processes } = await engine.containers.top(name!, options);
    const lines = [titles, ...processes].map((cells) => cells.join("\t"));
    for (const line of alignColumns(lines, LEAST_WIDTH)) context.stdout.line(line);
    return 0;
  },
});
