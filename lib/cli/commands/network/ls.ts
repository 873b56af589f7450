/**
 * `tsd network ls`: lists networks.
 *
 * @module
 */

import { type ListedNetwork, shortId } from "../../../engine/mod.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { parseFilters } from "../../filters.ts";
import { formatList, type Row } from "../../format_output.ts";
import { goTime } from "../../timestamp.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const networkLs = defineCommand({
  usage: "[OPTIONS]",
  options: [
    {
      name: "filter",
      short: "f",
      type: "list",
      word: "filter",
      summary: "Conditions on the networks: dangling, driver, id, label, name, scope, type",
    },
    { name: "format", type: "string", summary: "Go template for each network, table or json" },
    { name: "no-trunc", type: "bool", summary: "Do not truncate the output" },
    { name: "quiet", short: "q", type: "bool", summary: "Only display network IDs" },
  ],
  arity: { least: 0, most: 0 },
  examples: ["tsd network ls --filter driver=bridge"],
  async run({ options }, context) {
    using engine = openEngine(context);
    const networks = await engine.networks.list(parseFilters(options.filter));
    context.stdout.write(
      await formatList({
        rows: networks.map((network) => networkRow(network, !options.noTrunc)),
        format: options.format,
        quiet: options.quiet,
        headings: { ID: "NETWORK ID", IPv6: "IPV6" },
        defaultFormat: "table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}\t{{.Subnet}}\t" +
          "{{.Gateway}}\t{{.Containers}}",
      }),
    );
    return 0;
  },
});

function networkRow(network: ListedNetwork, shorten: boolean): Row {
  const { labels, subnets } = network;
  const list = (texts: readonly (string | undefined)[]) => texts.filter(Boolean).join(",");
  return {
    ID: shorten ? shortId(network.id) : network.id,
    Name: network.name,
    Driver: network.driver,
    Scope: "local",
    Subnet: list(subnets.map(({ subnet }) => subnet)),
    Gateway: list(subnets.map(({ gateway }) => gateway)),
    Containers: String(network.containers.length),
    IPv6: String(network.ipv6),
    Internal: String(network.internal),
    CreatedAt: goTime(network.createdAt),
    Labels: Object.keys(labels).sort().map((name) => `${name}=${labels[name]}`).join(","),
    Label: (name: string) => labels[name] ?? "",
  };
}
