/**
 * `tsd network connect` and `tsd network disconnect`.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { plainAddress } from "../_network_options.ts";
import { openEngine } from "../_open_engine.ts";

/** Connects a container to a network. */
export const networkConnect = defineCommand({
  usage: "[OPTIONS] NETWORK CONTAINER",
  options: [
    { name: "alias", type: "list", summary: "Add network-scoped alias for the container" },
    { name: "ip", type: "string", summary: 'IPv4 address (e.g., "172.30.100.104")' },
    { name: "ip6", type: "string", summary: 'IPv6 address (e.g., "2001:db8::33")' },
  ],
  arity: { least: 2, most: 2 },
  examples: ["tsd network connect --alias db backend mysql-test"],
  async run({ options, operands: [network, container] }, context) {
    using engine = openEngine(context);
    await engine.networks.connect(network!, container!, {
      ...options.alias.length > 0 && { aliases: options.alias },
      ...options.ip !== undefined && { address4: plainAddress(options.ip) },
      ...options.ip6 !== undefined && { address6: plainAddress(options.ip6) },
    });
    return 0;
  },
});

/** Disconnects a container from a network. */
export const networkDisconnect = defineCommand({
  usage: "[OPTIONS] NETWORK CONTAINER",
  options: [
    {
      name: "force",
      short: "f",
      type: "bool",
      summary: "Disconnect it on record whatever becomes of its interface",
    },
  ],
  arity: { least: 2, most: 2 },
  examples: ["tsd network disconnect backend mysql-test"],
  async run({ options, operands: [network, container] }, context) {
    using engine = openEngine(context);
    const { force } = options;
    await engine.networks.disconnect(network!, container!, { force });
    return 0;
  },
});
