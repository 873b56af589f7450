/**
 * `tsd stats`: shows what containers use of the machine, again and again.
 *
 * @module
 */

import {
  type ContainerRecord,
  type ContainerUsageSample,
  cpuPercent,
  NO_USAGE,
  shortId,
  type UsageSample,
} from "../../../engine/mod.ts";
import { type CommandContext, defineCommand } from "../../command_line/mod.ts";
import { formatList, type Row } from "../../format_output.ts";
import { humanBinarySize, humanSize } from "../../units.ts";
import { forEachOperand } from "../_for_each.ts";
import { openEngine } from "../_open_engine.ts";

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
    using engine = openEngine(context);
    const found: string[] = [];
    const exitCode = await forEachOperand(operands, context, async (name) => {
      found.push((await engine.containers.find(name)).id);
    });
    if (operands.length > 0 && found.length === 0) return exitCode;
    // Those that were named, of which some may be gone meanwhile, or those that run.
    const ids = found.length > 0 ? found : undefined;
    const look = () => engine.containers.listStats({ ids, all: options.all });
    const print = (rows: readonly Row[]) =>
      formatList({
        rows,
        format: options.format,
        headings: HEADINGS,
        defaultFormat: DEFAULT_FORMAT,
      });
    const { noStream: once, noTrunc } = options;
    await watch({ look, print, once, shorten: !noTrunc }, context);
    return exitCode;
  },
});

interface Watch {
  look(): Promise<ContainerUsageSample[]>;
  print(rows: readonly Row[]): Promise<string>;
  once: boolean;
  shorten: boolean;
}

/** Prints a table, and another one each second unless one is enough. */
async function watch(
  { look, print, once, shorten }: Watch,
  { stdout, signal }: CommandContext,
): Promise<void> {
  const byId = (samples: readonly ContainerUsageSample[]) =>
    new Map(samples.map(({ record, usage }) => [record.id, usage]));
  let before = byId(await look());
  do {
    await pause(once ? SHORT_INTERVAL : INTERVAL);
    const samples = await look();
    const rows = samples.map(({ record, usage }) =>
      usageRow(record, before.get(record.id) ?? NO_USAGE, usage, shorten)
    );
    const table = await print(rows);
    stdout.write(!once && stdout.isTerminal() ? redrawn(table) : table);
    before = byId(samples);
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
