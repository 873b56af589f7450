/**
 * `tsd system check`: checks what the instance keeps, and puts it right.
 *
 * @module
 */

import type { Finding, SystemCheck } from "../../../engine/mod.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { ExitCode } from "../../exit_code.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const systemCheck = defineCommand({
  usage: "[OPTIONS]",
  options: [
    {
      name: "repair",
      type: "bool",
      summary: "Fetch again, rebuild or remove what is damaged",
    },
  ],
  arity: { least: 0, most: 0 },
  examples: ["tsd system check", "tsd system check --repair"],
  async run({ options: { repair } }, context) {
    using engine = openEngine(context);
    const { signal, stdout } = context;
    const onFinding = (finding: Finding) => stdout.line(findingLine(finding));
    const check = await engine.system.check({ repair, onFinding, signal });
    stdout.line(summary(check));
    const isWell = check.findings.every(({ outcome }) =>
      outcome === "noted" || outcome === "repaired"
    );
    return isWell ? 0 : ExitCode.FAILURE;
  },
});

function findingLine({ object, problem, outcome, remedy }: Finding): string {
  const label = { noted: "note", found: "problem", repaired: "repaired", unrepaired: "problem" };
  return `${label[outcome]}: ${object}: ${problem}${remedy === undefined ? "" : ` (${remedy})`}`;
}

function summary({ images, blobs, layers, containers, volumes, findings }: SystemCheck): string {
  const counted = [
    [images, "image"],
    [blobs, "blob"],
    [layers, "layer"],
    [containers, "container"],
    [volumes, "volume"],
  ].map(([count, what]) => plural(Number(count), String(what)));
  const repaired = findings.filter(({ outcome }) => outcome === "repaired").length;
  const left = findings.filter(({ outcome }) => outcome === "found" || outcome === "unrepaired");
  return `Checked ${counted.join(", ")}: ${plural(left.length, "problem")}` +
    (repaired > 0 ? `, ${repaired} repaired` : "");
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
