/**
 * `tsd logs`: shows what a container has written.
 *
 * @module
 */

import { fixedWidthTime, type LogRecord } from "../../../engine/mod.ts";
import { EngineError } from "../../../errors.ts";
import { type CommandContext, defineCommand, UsageError } from "../../command_line/mod.ts";
import { parseInstant } from "../../time_option.ts";
import { openEngine } from "../_open_engine.ts";

/** Below this many bytes at a time, writing costs more than what is written. */
const BUFFER_SIZE = 128 << 10;

const encoder = new TextEncoder();

/** The command. */
export const logs = defineCommand({
  usage: "[OPTIONS] CONTAINER",
  options: [
    { name: "details", type: "bool", summary: "Show extra details provided to logs" },
    { name: "follow", short: "f", type: "bool", summary: "Follow log output" },
    {
      name: "since",
      type: "string",
      summary:
        'Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)',
    },
    {
      name: "tail",
      short: "n",
      type: "string",
      summary: "Number of lines to show from the end of the logs",
      default: "all",
    },
    { name: "timestamps", short: "t", type: "bool", summary: "Show timestamps" },
    {
      name: "until",
      type: "string",
      summary:
        'Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)',
    },
  ],
  arity: { least: 1, most: 1 },
  examples: ["tsd logs -f web", "tsd logs --since 10m --tail 100 web"],
  async run({ options, operands: [name] }, context) {
    const { details, follow, timestamps } = options;
    const range = {
      tail: tailLines(options.tail),
      since: moment("since", options.since),
      until: moment("until", options.until),
    };
    using engine = openEngine(context);
    const printer = new LogPrinter(context, { details, timestamps });
    for await (const records of engine.containers.logs(name!, { ...range, follow })) {
      printer.print(records);
    }
    return 0;
  },
});

/** As in Docker, a negative number asks for everything. */
function tailLines(text: string): number | undefined {
  if (text === "all" || /^-\d+$/.test(text)) return undefined;
  if (/^\+?\d+$/.test(text)) return Number(text);
  throw new UsageError(
    `invalid argument ${JSON.stringify(text)} for "-n, --tail" flag: must be a whole number or all`,
  );
}

/** As in Docker, 0 is no moment. */
function moment(option: string, text: string | undefined): bigint | undefined {
  if (text === undefined || text === "" || text === "0") return undefined;
  try {
    return parseInstant(text);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(`invalid value for "${option}": ${error.message}`, { kind: "invalid" });
  }
}

/** Writes records to the streams they came from, many at a time. */
class LogPrinter {
  readonly #context: Pick<CommandContext, "stdout" | "stderr">;
  readonly #details: boolean;
  readonly #timestamps: boolean;
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  #stream: "stdout" | "stderr" = "stdout";
  #length = 0;

  constructor(
    context: Pick<CommandContext, "stdout" | "stderr">,
    { details, timestamps }: { details: boolean; timestamps: boolean },
  ) {
    this.#context = context;
    this.#details = details;
    this.#timestamps = timestamps;
  }

  print(records: readonly LogRecord[]): void {
    const isPlain = !this.#timestamps && !this.#details;
    for (const record of records) {
      // What came from one stream is written before what came later from the other.
      if (record.stream !== this.#stream) this.#writeOut();
      this.#stream = record.stream;
      if (!isPlain) this.#add(encoder.encode(this.#prefix(record)));
      this.#add(record.bytes);
    }
    this.#writeOut();
  }

  #prefix({ attributes, time }: LogRecord): string {
    const parts: string[] = [];
    if (this.#timestamps) parts.push(fixedWidthTime(time));
    if (this.#details) parts.push(detailsText(attributes));
    return parts.map((part) => `${part} `).join("");
  }

  #add(bytes: Uint8Array): void {
    if (this.#length + bytes.length > BUFFER_SIZE) this.#writeOut();
    // Only what others have written can be so long.
    if (bytes.length > BUFFER_SIZE) return this.#context[this.#stream].write(bytes);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #writeOut(): void {
    if (this.#length > 0) this.#context[this.#stream].write(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }
}

/** As Go's `url.QueryEscape` writes names and values. */
function detailsText(attributes: LogRecord["attributes"] = {}): string {
  const escape = (text: string) => new URLSearchParams([["", text]]).toString().slice(1);
  return Object.entries(attributes)
    .map(([name, value]) => `${escape(name)}=${escape(String(value))}`)
    .sort()
    .join(",");
}
