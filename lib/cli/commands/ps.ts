/**
 * `tsd ps`: lists containers.
 *
 * @module
 */

import { containerArguments } from "../../container/settings.ts";
import type { ContainerRecord } from "../../container/store.ts";
import { listContainers } from "../../engine/container_list.ts";
import { defineCommand } from "../command_line/mod.ts";
import { formatList } from "../format_output.ts";
import { goTime } from "../timestamp.ts";
import { ellipsis, humanAgo, humanDuration, shortId } from "../units.ts";
import { openedInstance } from "./_opened_instance.ts";

const HEADINGS = { ID: "CONTAINER ID", RunningFor: "CREATED" };
const DEFAULT_FORMAT =
  "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";
const COMMAND_WIDTH = 20;

/** The command. */
export const ps = defineCommand({
  usage: "[OPTIONS]",
  options: [
    {
      name: "all",
      short: "a",
      type: "bool",
      summary: "Show all containers (default shows just running)",
    },
    { name: "format", type: "string", summary: "Go template for each container, table or json" },
    { name: "last", short: "n", type: "int", summary: "Show n last created containers" },
    { name: "latest", short: "l", type: "bool", summary: "Show the latest created container" },
    { name: "no-trunc", type: "bool", summary: "Do not shorten the output" },
    { name: "quiet", short: "q", type: "bool", summary: "Print only container IDs" },
  ],
  arity: { least: 0, most: 0 },
  examples: ["tsd ps -a", "tsd ps --format '{{.Names}}: {{.Status}}'"],
  async run({ options }, context) {
    const last = options.latest ? 1 : options.last;
    using instance = openedInstance(context);
    const records = await listContainers(instance, { all: options.all || last !== undefined });
    const rows = records.slice(0, last).map((record) => describe(record, !options.noTrunc));
    context.stdout.write(formatList({
      rows,
      format: options.format,
      quiet: options.quiet,
      headings: HEADINGS,
      defaultFormat: DEFAULT_FORMAT,
    }));
    return 0;
  },
});

function describe(record: ContainerRecord, shorten: boolean): Record<string, unknown> {
  const { settings } = record;
  const command = containerArguments(settings).join(" ");
  return {
    ID: shorten ? shortId(record.id) : record.id,
    Names: record.name,
    Image: record.imageName,
    Command: `"${shorten ? ellipsis(command, COMMAND_WIDTH) : command}"`,
    CreatedAt: goTime(record.createdAt),
    RunningFor: humanAgo(record.createdAt),
    Status: statusText(record),
    State: stateText(record),
    Ports: "",
    Labels: Object.entries(settings.labels).map(([name, value]) => `${name}=${value}`).join(","),
    Label: (name: string) => settings.labels[name] ?? "",
    Mounts: settings.binds.map(({ source }) => source).join(","),
    Networks: settings.network,
    Pid: record.status === "running" ? record.process?.pid ?? 0 : 0,
  };
}

function stateText({ status }: ContainerRecord): string {
  if (status === "stopped") return "exited";
  return status === "creating" ? "created" : status;
}

function statusText(record: ContainerRecord): string {
  const { exitCode, finishedAt, startedAt, status } = record;
  switch (status) {
    case "running":
      return `Up ${humanDuration(Date.now() - (startedAt ?? Date.now()))}`;
    case "stopped":
      return `Exited (${exitCode}) ${humanAgo(finishedAt ?? Date.now())}`;
    case "removing":
      return "Removal In Progress";
    default:
      return "Created";
  }
}
