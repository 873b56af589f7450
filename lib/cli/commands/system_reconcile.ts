/**
 * `tsd system reconcile`: puts an instance right, and says what was wrong.
 *
 * @module
 */

import { reconcileInstance } from "../../engine/system/reconcile.ts";
import { defineCommand } from "../command_line/mod.ts";
import { openedInstance } from "./_opened_instance.ts";

/** The command. */
export const systemReconcile = defineCommand({
  usage: "",
  options: [],
  arity: { least: 0, most: 0 },
  examples: ["tsd system reconcile"],
  async run(_args, context) {
    using instance = openedInstance(context);
    for (const line of await reconcileInstance(instance)) context.stdout.line(line);
    return 0;
  },
});
