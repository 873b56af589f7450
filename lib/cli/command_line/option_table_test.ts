import assert from "node:assert/strict";
import type { OptionDeclaration } from "./option.ts";
import { optionTable } from "./option_table.ts";

const OPTIONS: readonly OptionDeclaration[] = [
  { name: "timeout", short: "t", type: "int", summary: "Seconds to wait", default: 10 },
  { name: "signal", short: "s", type: "string", summary: "Signal to send", default: "SIGTERM" },
  { name: "sig-proxy", type: "bool", summary: "Proxy signals", default: true },
  { name: "filter", short: "f", type: "list", word: "filter", summary: "Filter output" },
  { name: "quiet", short: "q", type: "bool", summary: "Print nothing", default: false },
  { name: "inner", type: "bool", summary: "Not for people", hidden: true },
  {
    name: "platform",
    type: "string",
    summary: "Set platform if server is multi-platform capable, in the form OS/ARCH[/VARIANT]",
  },
  { name: "format", type: "string", summary: "One of:\n'table': columns\n'json': JSON" },
];

Deno.test("optionTable() aligns, sorts, wraps and tells defaults", () => {
  assert.equal(
    optionTable(OPTIONS, 80),
    `  -f, --filter filter     Filter output
      --format string     One of:
                          'table': columns
                          'json': JSON
      --platform string   Set platform if server is multi-platform
                          capable, in the form OS/ARCH[/VARIANT]
  -q, --quiet             Print nothing
      --sig-proxy         Proxy signals (default true)
  -s, --signal string     Signal to send (default "SIGTERM")
  -t, --timeout int       Seconds to wait (default 10)`,
  );
});

Deno.test("optionTable() keeps summaries readable on a narrow terminal", () => {
  const lines = optionTable(OPTIONS, 20).split("\n");
  assert.equal(Math.max(...lines.map((line) => line.length)), 48);
});

Deno.test("optionTable() makes nothing of no options", () => {
  assert.equal(optionTable([], 80), "");
});
