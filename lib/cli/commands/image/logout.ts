/**
 * `tsd logout`: forgets the credentials for a registry.
 *
 * @module
 */

import { credentialKey, logOut, parseRegistry } from "../../../engine/mod.ts";
import { defineCommand } from "../../command_line/mod.ts";

/** The command. */
export const logout = defineCommand({
  usage: "[SERVER]",
  options: [],
  arity: { least: 0, most: 1 },
  examples: ["tsd logout registry.example"],
  async run({ operands: [server] }, context) {
    const registry = parseRegistry(server);
    context.stdout.line(`Removing login credentials for ${credentialKey(registry)}`);
    await logOut(registry);
    return 0;
  },
});
