import assert from "node:assert/strict";
import { ps } from "./commands/container/ps.ts";
import { runQuick, switchValues } from "./quick.ts";

Deno.test("switchValues() gives switches, and the defaults of all else", () => {
  const { all, filter, format, last, latest, noTrunc, quiet } = switchValues(ps.options, [
    "-aq",
    "--no-trunc",
  ])!;
  assert.deepEqual({ all, filter, format, last, latest, noTrunc, quiet }, {
    all: true,
    filter: [],
    format: undefined,
    last: -1,
    latest: false,
    noTrunc: true,
    quiet: true,
  });
});

for (
  const args of [
    ["--filter", "x=y"],
    ["-n", "1"],
    ["-n1"],
    ["--all=false"],
    ["name"],
    ["--"],
    [
      "-ax",
    ],
    ["--format", "json"],
    ["-"],
    ["--debug"],
    ["--help"],
  ]
) {
  Deno.test(`switchValues() leaves ${args.join(" ")} to the usual way`, () => {
    assert.equal(switchValues(ps.options, args), undefined);
  });
}

Deno.test("runQuick() leaves other commands to the usual way", async () => {
  assert.equal(await runQuick(["toString"]), undefined);
  assert.equal(await runQuick(["run", "-d"]), undefined);
  assert.equal(await runQuick([]), undefined);
});
