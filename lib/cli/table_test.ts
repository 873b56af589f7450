import assert from "node:assert/strict";
import { alignColumns } from "./table.ts";

const CASES: [name: string, lines: string[], aligned: string[]][] = [
  ["pads to the widest cell and three", ["LONG HEADING\tB", "x\ty"], [
    "LONG HEADING   B",
    "x              y",
  ]],
  ["makes columns at least ten wide", ["ID\tNAME", "1\tx"], ["ID        NAME", "1         x"]],
  ["leaves the last cell unpadded", ["A\tB", "a\t"], ["A         B", "a         "]],
  ["keeps lines without tabs", ["only", "lines"], ["only", "lines"]],
  ["counts columns on the screen, not characters", ["日本語テキスト\tB", "x\ty"], [
    "日本語テキスト   B",
    "x                y",
  ]],
  ["measures a column anew after a line without it", ["wide wide wide\tB", "-", "x\ty"], [
    "wide wide wide   B",
    "-",
    "x         y",
  ]],
  ["aligns nothing", [], []],
];

for (const [name, lines, aligned] of CASES) {
  Deno.test(`alignColumns() ${name}`, () => {
    assert.deepEqual(alignColumns(lines), aligned);
  });
}
