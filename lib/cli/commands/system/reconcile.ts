/**
 * `tsd system reconcile`: puts an instance right, and says what was wrong.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const systemReconcile = defineCommand({
  usage: "",
  options: [],
  arity: { least: 0, most: 0 },
  examples: ["tsd system reconcile"],
  async run(_args, context) {
    using engine = openEngine(context);
    for (const line of await engine.system.reconcile()) context.stdout.line(line);
    return 0;
  },
});
