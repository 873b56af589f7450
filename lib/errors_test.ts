import assert from "node:assert/strict";
import { describeError, EngineError } from "./errors.ts";

const because = (message: string, cause: unknown) => new Error(message, { cause });
const suppressed = (first: Error, then: Error) => new SuppressedError(then, first);

const CASES: [error: unknown, text: string][] = [
  [new Error("a"), "a"],
  [because("a", new Error("b")), "a: b"],
  [because("a", because("b", because("c", undefined))), "a: b: c"],
  [because("a", null), "a"],
  // What was said already is not said again.
  [because("Cannot open: no such file", new Error("no such file")), "Cannot open: no such file"],
  [because("a", because("", new Error("c"))), "a: Error: c"],
  [because("several\n  lines \n", new Error("b\r\nc")), "several lines: b c"],
  [because("a", "a text"), "a: a text"],
  // Nothing that a terminal would obey.
  [because("a\x1b[2Jb", new Error("c\td\x9b")), "a\\x1b[2Jb: c\\x09d\\x9b"],
  [because("a", new Error("No such file (os error 2): readfile '/etc/x'")), "a: No such file"],
  [because("a", new Error("No such file (os error 2)")), "a: No such file"],
  [new Error("No such file (os error 2): open '/x'"), "No such file (os error 2): open '/x'"],
  ["a text", "a text"],
  [undefined, ""],
  [7, "7"],
  [new TypeError(), "TypeError"],
  [suppressed(new Error("first"), new Error("second")), "first (and then: second)"],
  [
    suppressed(because("first", new Error("why")), suppressed(new Error("x"), new Error("y"))),
    "first: why (and then: x (and then: y))",
  ],
  [new EngineError("Cannot a", { kind: "system", cause: new Error("b") }), "Cannot a: b"],
];

for (const [error, text] of CASES) {
  Deno.test(`describeError() says ${JSON.stringify(text)}`, () => {
    assert.equal(describeError(error), text);
  });
}

Deno.test("EngineError carries its kind, and a cause only where one is given", () => {
  const error = new EngineError("Cannot x", { kind: "conflict" });
  assert.deepEqual([error.name, error.kind, error.message], [
    "EngineError",
    "conflict",
    "Cannot x",
  ]);
  assert.equal("cause" in error, false);
  assert.equal(new EngineError("x", { kind: "system", cause: 7 }).cause, 7);
  assert(error instanceof Error);
});
