/**
 * `tsd events`: tells what happens to containers and images.
 *
 * @module
 */

import type { EngineEvent } from "../../../engine/mod.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { eventFields, eventLine } from "../../event_text.ts";
import { parseFilters } from "../../filters.ts";
import { compileTemplate } from "../../template/mod.ts";
import { parseInstant } from "../../time_option.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const events = defineCommand({
  usage: "[OPTIONS]",
  options: [
    {
      name: "filter",
      short: "f",
      type: "list",
      word: "filter",
      summary: "Conditions on the events: container, image, network, volume, type, event, label",
    },
    { name: "format", type: "string", summary: "Go template for each event, or json" },
    { name: "since", type: "string", summary: "Show what happened since a moment, such as 10m" },
    { name: "until", type: "string", summary: "End at a moment" },
  ],
  arity: { least: 0, most: 0 },
  examples: [
    "tsd events --filter type=container --filter event=die",
    "tsd events --since 1h --until 0s --format json",
  ],
  async run({ options }, context) {
    const write = writer(options.format);
    const filters = parseFilters(options.filter);
    const now = Date.now();
    const [since, until] = [options.since, options.until].map((text) => moment(text, now));
    using engine = openEngine(context);
    const wanted = { since, until, filters, signal: context.signal };
    for await (const event of engine.system.events(wanted)) context.stdout.line(write(event));
    return 0;
  },
});

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/** In milliseconds, which is as exact as events are. */
function moment(text: string | undefined, now: number): number | undefined {
  return text === undefined
    ? undefined
    : Number(parseInstant(text, now) / NANOSECONDS_PER_MILLISECOND);
}

function writer(format = ""): (event: EngineEvent) => string {
  const text = format.trim();
  if (text === "") return eventLine;
  // The order of Docker's fields, which a template's json function sorts.
  if (text === "json" || /^\{\{\s*json\s+\.\s*\}\}$/.test(text)) {
    return (event) => JSON.stringify(eventFields(event));
  }
  const template = compileTemplate(text);
  return (event) => template.execute(eventFields(event));
}
