/**
 * `tsd system supervisor`: shows the process that holds the running containers.
 *
 * @module
 */

import { humanDuration } from "../../../engine/mod.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { formatList } from "../../format_output.ts";
import { humanBinarySize } from "../../units.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const systemSupervisor = defineCommand({
  usage: "[OPTIONS]",
  options: [
    { name: "format", type: "string", summary: "Go template, table or json" },
  ],
  arity: { least: 0, most: 0 },
  examples: ["tsd system supervisor --format '{{.PID}}'"],
  async run({ options }, context) {
    using engine = openEngine(context);
    const status = await engine.system.supervisor();
    const rows = status
      ? [{
        PID: status.pid,
        Memory: humanBinarySize(status.memory),
        Containers: status.containers.length,
        Uptime: humanDuration(Date.now() - status.startedAt),
      }]
      : [];
    context.stdout.write(
      await formatList({
        rows,
        format: options.format,
        headings: { PID: "PID" },
        defaultFormat: "table {{.PID}}\t{{.Memory}}\t{{.Containers}}\t{{.Uptime}}",
      }),
    );
    return 0;
  },
});
