/**
 * `tsd stats`: shows what containers use of the machine, again and again.
 *
 * @module
 */

import { type ContainerRecord, ContainerStore } from "../../container/store.ts";
import { listContainers } from "../../engine/describe/container_list.ts";
import {
  cpuPercent,
  NO_USAGE,
  sampleUsage,
  type UsageSample,
} from "../../engine/describe/container_stats.ts";
import type { Instance } from "../../engine/instance/instance.ts";
import { refreshRecords } from "../../engine/instance/refresh.ts";
import { type CommandContext, defineCommand } from "../command_line/mod.ts";
import { formatList, type Row } from "../format_output.ts";
import { humanBinarySize, humanSize, shortId } from "../units.ts";
import { forEachOperand } from "./_for_each.ts";
import { openedInstance } from "./_opened_instance.ts";

const HEADINGS = {
  ID: "CONTAINER ID",
  CPUPerc: "CPU %",
  MemUsage: "MEM USAGE / LIMIT",
  MemPerc: "MEM %",
  NetIO: "NET I/O",
  BlockIO: "BLOCK I/O",
  PIDs: "PIDS",
};
const DEFAULT_FORMAT = "table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t" +
  "{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}";

/** Between two looks of a live table, in milliseconds, as Docker's. */
const INTERVAL = 1000;
/** Between the two looks of a single table, in milliseconds: the counters are exact enough for it. */
const SHORT_INTERVAL = 500;

/** The command. */
export const stats = defineCommand({
  usage: "[OPTIONS] [CONTAINER...]",
  options: [
    {
      name: "all",
      short: "a",
      type: "bool",
      summary: "Show all containers (default shows just running)",
    },
    { name: "format", type: "string", summary: "Go template for each container, table or json" },
    { name: "no-stream", type: "bool", summary: "Print the first result only" },
    { name: "no-trunc", type: "bool", summary: "Do not shorten the output" },
  ],
  arity: { least: 0 },
  examples: ["tsd stats", "tsd stats --no-stream --format '{{.Name}} {{.MemUsage}}' web"],
  async run({ options, operands }, context) {
    using instance = openedInstance(context);
    const ids: string[] = [];
    const store = new ContainerStore(instance.database);
    await refreshRecords(instance.roots, store);
    const exitCode = await forEachOperand(operands, context, (name) => {
      ids.push(store.find(name).id);
    });
    if (operands.length > 0 && ids.length === 0) return exitCode;
    const choose = () => chosenRecords(instance, store, ids, options.all);
    const print = (rows: readonly Row[]) =>
      formatList({
        rows,
        format: options.format,
        headings: HEADINGS,
        defaultFormat: DEFAULT_FORMAT,
      });
    const { noStream: once, noTrunc } = options;
    await watch({ instance, choose, print, once, shorten: !noTrunc }, context);
    return exitCode;
  },
});

/** Those that were named, or those that run; the named ones may be gone meanwhile. */
async function chosenRecords(
  instance: Instance,
  store: ContainerStore,
  ids: readonly string[],
  all: boolean,
): Promise<ContainerRecord[]> {
  if (ids.length === 0) return await listContainers(instance, { all });
  return ids.map((id) => store.get(id)).filter((record) => record !== undefined);
}

interface Watch {
  instance: Instance;
  choose(): Promise<ContainerRecord[]>;
  print(rows: readonly Row[]): string;
  once: boolean;
  shorten: boolean;
}

/** Prints a table, and another one each second unless one is enough. */
async function watch(
  { instance, choose, print, once, shorten }: Watch,
  { stdout, signal }: CommandContext,
): Promise<void> {
  const sample = (record: ContainerRecord) => sampleUsage(instance.roots, record);
  let before = new Map((await choose()).map((record) => [record.id, sample(record)]));
  do {
    await pause(once ? SHORT_INTERVAL : INTERVAL);
    const records = await choose();
    const after = new Map(records.map((record) => [record.id, sample(record)]));
    const rows = records.map((record) =>
      usageRow(record, before.get(record.id) ?? NO_USAGE, after.get(record.id)!, shorten)
    );
    stdout.write(!once && stdout.isTerminal() ? redrawn(print(rows)) : print(rows));
    before = after;
  } while (!once && !signal.aborted);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Draws from the top left corner over what is there, and clears what is left of it. */
function redrawn(table: string): string {
  return `\x1b[H${table.replaceAll("\n", "\x1b[K\n")}\x1b[J`;
}

/**
 * Describes what a container uses with the fields of Docker's `stats`.
 *
 * @param record The container.
 * @param before What it had used a moment ago.
 * @param after What it has used now.
 * @param shorten Whether its id is cut to fit a table.
 * @returns The row.
 */
export function usageRow(
  record: Pick<ContainerRecord, "id" | "name">,
  before: UsageSample,
  after: UsageSample,
  shorten: boolean,
): Row {
  const { memoryLimit, memoryUsage } = after;
  const id = shorten ? shortId(record.id) : record.id;
  const percent = (value: number) => `${value.toFixed(2)}%`;
  return {
    Container: id,
    ID: id,
    Name: record.name,
    CPUPerc: percent(cpuPercent(before, after)),
    MemUsage: `${humanBinarySize(memoryUsage)} / ${humanBinarySize(memoryLimit)}`,
    MemPerc: percent(memoryLimit > 0 ? memoryUsage / memoryLimit * 100 : 0),
    NetIO: `${humanSize(after.receivedBytes)} / ${humanSize(after.sentBytes)}`,
    BlockIO: `${humanSize(after.readBytes)} / ${humanSize(after.writtenBytes)}`,
    PIDs: String(after.pids),
  };
}
