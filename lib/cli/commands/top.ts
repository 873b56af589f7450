/**
 * `tsd top`: lists the processes of a container.
 *
 * @module
 */

import { listProcesses } from "../../engine/describe/container_processes.ts";
import { defineCommand } from "../command_line/mod.ts";
import { alignColumns } from "../table.ts";
import { openedInstance } from "./_opened_instance.ts";

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
    using instance = openedInstance(context);
    const { titles, processes } = await listProcesses(instance, name!, options);
    const lines = [titles, ...processes].map((cells) => cells.join("\t"));
    for (const line of alignColumns(lines, LEAST_WIDTH)) context.stdout.line(line);
    return 0;
  },
});
