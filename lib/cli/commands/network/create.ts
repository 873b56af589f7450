/**
 * `tsd network create`: creates a network.
 *
 * @module
 */

import { defineCommand } from "../../command_line/mod.ts";
import { plainAddress } from "../_network_options.ts";
import { openEngine } from "../_open_engine.ts";
import { pairs } from "../_pairs.ts";

/** The command. */
export const networkCreate = defineCommand({
  usage: "[OPTIONS] NETWORK",
  options: [
    { name: "attachable", type: "bool", summary: "Accepted as Docker's", hidden: true },
    {
      name: "aux-address",
      type: "list",
      word: "map",
      summary: "Addresses no container gets (name=10.1.0.5)",
    },
    {
      name: "driver",
      short: "d",
      type: "string",
      summary: "Driver of the network: bridge, macvlan or ipvlan",
      default: "bridge",
    },
    { name: "gateway", type: "list", summary: "IPv4 or IPv6 gateway of a subnet" },
    { name: "internal", type: "bool", summary: "Restrict external access to the network" },
    {
      name: "ip-range",
      type: "list",
      summary: "Give containers addresses of this part of a subnet",
    },
    { name: "ipv6", type: "bool", summary: "Give containers IPv6 addresses as well" },
    { name: "label", type: "list", summary: "Set metadata on a network" },
    {
      name: "opt",
      short: "o",
      type: "list",
      word: "map",
      summary: "Set driver specific options, such as mtu=1400, parent=eth0",
    },
    {
      name: "subnet",
      short: "s",
      type: "list",
      summary: "Subnet in CIDR format; a free one where it is missing",
    },
  ],
  arity: { least: 1, most: 1 },
  examples: [
    "tsd network create --subnet 10.10.1.0/24 backend",
    "tsd network create --internal --ipv6 private",
    "tsd network create -d macvlan -o parent=eth0 --subnet 192.0.2.0/24 lan",
  ],
  async run({ options, operands: [name] }, context) {
    using engine = openEngine(context);
    const network = await engine.networks.create({
      name: name!,
      driver: options.driver,
      subnets: options.subnet,
      gateways: options.gateway.map(plainAddress),
      ranges: options.ipRange,
      auxiliary: pairs(options.auxAddress),
      internal: options.internal,
      ipv6: options.ipv6,
      labels: pairs(options.label),
      options: pairs(options.opt),
    });
    context.stdout.line(network.id);
    return 0;
  },
});
