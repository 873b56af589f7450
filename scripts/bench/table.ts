/**
 * The table of results.
 *
 * @module
 */

import type { Subject } from "./subject.ts";

/** A subject's medians, by engine; an engine that failed has `NaN`. */
export interface Row {
  /** What was measured. */
  subject: Subject;
  /** The medians, in the subject's unit. */
  medians: ReadonlyMap<string, number>;
}

/**
 * Lays the results out: a column for each engine, the ratio of tsd to each other one, the target.
 *
 * @param rows The results.
 * @param engines The engines' names, tsd first.
 * @returns The lines, each ended.
 */
export function renderTable(rows: readonly Row[], engines: readonly string[]): string {
  const others = engines.filter((name) => name !== "tsd");
  const head = ["median", ...engines, ...others.map((name) => `tsd/${name}`), "target"];
  const lines = [
    head,
    ...rows.map((row) => [
      row.subject.title,
      ...engines.map((name) => cell(row.medians.get(name), row.subject.unit)),
      ...others.map((name) => ratio(row.medians.get("tsd"), row.medians.get(name))),
      verdict(row),
    ]),
  ];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map((line) =>
    line.map((text, column) =>
      column === 0 || column === head.length - 1
        ? text.padEnd(widths[column]!)
        : text.padStart(widths[column]!)
    ).join("  ").trimEnd() + "\n"
  ).join("");
}

function cell(value: number | undefined, unit: "ms" | "MB"): string {
  if (value === undefined) return "-";
  if (Number.isNaN(value)) return "failed";
  return unit === "ms" && value >= 1000
    ? `${(value / 1000).toFixed(2)} s`
    : `${value.toFixed(0)} ${unit}`;
}

function ratio(tsd: number | undefined, other: number | undefined): string {
  if (tsd === undefined || other === undefined) return "-";
  return Number.isNaN(tsd / other) ? "-" : (tsd / other).toFixed(2);
}

/** The target, and whether it is met where that can be told. */
function verdict({ subject: { target, unit }, medians }: Row): string {
  if (target === undefined) return "";
  const tsd = medians.get("tsd") ?? NaN;
  const value = target.of === undefined ? tsd : tsd / (medians.get(target.of) ?? NaN);
  const text = target.of === undefined
    ? `<= ${target.atMost} ${unit}`
    : `<= ${target.atMost} of ${target.of}`;
  return Number.isNaN(value) ? text : `${text}: ${value <= target.atMost ? "met" : "missed"}`;
}
