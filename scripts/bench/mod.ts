/**
 * Measures tsd side by side with Docker, Podman and runc where they are installed:
 * `deno task bench [OPTIONS]`, as root.
 *
 * @module
 */

import { resolve } from "node:path/posix";
import { describeError } from "../../lib/errors.ts";
import { parseArgs } from "node:util";
import { type Registry, startRegistry } from "../../tests/harness/registry.ts";
import { startNetworkEngines } from "./network_engines.ts";
import { networkSubjects } from "./networks.ts";
import { type Engine, startEngines } from "./engines.ts";
import { median } from "./measure.ts";
import type { Subject } from "./subject.ts";
import { SUBJECTS } from "./subjects.ts";
import { renderTable, type Row } from "./table.ts";

const USAGE = `Usage: deno task bench [OPTIONS]

Measure tsd side by side with other engines

Options:
      --tsd FILE        The program (default "./tsd", which "deno task compile" writes)
      --engines LIST    Of tsd,docker,podman,runc (default all that are installed)
      --subjects LIST   Of run,pull,push,memory,list,lives,logs,save,load,commit,cp,
                        security,network (default all)
      --runs N          Measurements of each quick subject (default 15)
      --slow-runs N     Measurements of each pull or push (default 3)
  -h, --help            Print this text
`;

/** How many measurements are made. */
interface Runs {
  quick: number;
  slow: number;
}

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      "tsd": { type: "string", default: "tsd" },
      "engines": { type: "string", default: "tsd,docker,podman,runc" },
      "subjects": {
        type: "string",
        default: "run,pull,push,memory,list,lives,logs,save,load,commit,cp,security,network",
      },
      "runs": { type: "string", default: "15" },
      "slow-runs": { type: "string", default: "3" },
      "help": { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return print(USAGE);
  const groups = values.subjects.split(",");
  const runs: Runs = { quick: count(values.runs), slow: count(values["slow-runs"]) };
  await using stack = new AsyncDisposableStack();
  // Not in /tmp: overlay needs a file system on disk, and so does a fair comparison.
  const directory = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-bench-" });
  stack.defer(() => Deno.remove(directory, { recursive: true }));
  const options = { tsd: resolve(values.tsd), wanted: values.engines.split(","), directory };
  const engines = await startEngines(options, stack);
  const registry = stack.use(await startRegistry());
  const rows: Row[] = [];
  const measure = async (subject: Subject, among: readonly Engine[]) => {
    rows.push(await measureSubject(subject, among, registry, runs));
  };
  for (const subject of SUBJECTS.filter(({ group }) => groups.includes(group))) {
    await measure(subject, engines);
  }
  if (groups.includes("network")) {
    const connected = await startNetworkEngines(options, stack);
    for (const subject of networkSubjects(connected)) await measure(subject, connected);
  }
  print("\n" + renderTable(rows, engines.map(({ name }) => name)));
}

async function measureSubject(
  subject: Subject,
  engines: readonly Engine[],
  registry: Registry,
  runs: Runs,
): Promise<Row> {
  await subject.prepare(registry);
  const medians = new Map<string, number>();
  for (const engine of engines) {
    try {
      const measure = await subject.measurement(engine, registry);
      if (measure === undefined) continue;
      // The first fills the page cache for the next, and starts what stays.
      if (!subject.slow) await measure();
      const values: number[] = [];
      for (let n = subject.slow ? runs.slow : runs.quick; n > 0; n--) values.push(await measure());
      medians.set(engine.name, median(values));
      const range = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(0));
      print(`${subject.title}: ${engine.name}: ${range.join("-")} ${subject.unit}\n`);
    } catch (error) {
      medians.set(engine.name, NaN);
      print(`${subject.title}: ${engine.name}: failed: ${(error as Error).message}\n`);
    }
  }
  return { subject, medians };
}

function count(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`Cannot measure "${text}" times: not a number`);
  return Number(text);
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    Deno.stderr.writeSync(new TextEncoder().encode(`bench: ${describeError(error)}\n`));
    Deno.exit(1);
  }
}
