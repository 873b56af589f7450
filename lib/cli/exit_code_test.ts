import assert from "node:assert/strict";
import { EngineError, type ErrorKind } from "../errors.ts";
import { ExitCode, exitCodeOf, reportError } from "./exit_code.ts";
import { createTextOutput } from "./text_output.ts";

const CODES: [kind: ErrorKind, code: number, codeOfRun: number][] = [
  ["notFound", 1, 125],
  ["conflict", 1, 125],
  ["invalid", 1, 125],
  ["denied", 1, 125],
  ["unavailable", 1, 125],
  ["system", 1, 125],
  ["commandNotExecutable", 126, 126],
  ["commandNotFound", 127, 127],
];

for (const [kind, code, codeOfRun] of CODES) {
  Deno.test(`exitCodeOf() gives ${code} for ${kind}, and ${codeOfRun} in run`, () => {
    const error = new EngineError("Cannot", { kind });
    assert.equal(exitCodeOf(error), code);
    assert.equal(exitCodeOf(error, ExitCode.ENGINE), codeOfRun);
  });
}

Deno.test("exitCodeOf() gives the command's code for what is no EngineError", () => {
  assert.equal(exitCodeOf(new TypeError("bug")), 1);
  assert.equal(exitCodeOf("bug", 125), 125);
});

/** Runs reportError() and returns what it wrote. */
function reported(error: unknown, debug: boolean): string {
  let text = "";
  const writeSync = (bytes: Uint8Array): number => {
    text += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  reportError(error, createTextOutput({ writeSync, isTerminal: () => false }), debug);
  return text;
}

Deno.test("reportError() says an error and its causes in one line", () => {
  const error = new EngineError('Cannot start container "web"', {
    kind: "system",
    cause: new Error("mount /proc:\n operation not permitted"),
  });
  assert.equal(
    reported(error, false),
    'tsd: Cannot start container "web": mount /proc: operation not permitted\n',
  );
});

Deno.test("reportError() adds stacks, causes and clean-up errors in debug", () => {
  const cause = new AggregateError([new Error("undo failed")], "two failures");
  const text = reported(new EngineError("Cannot stop", { kind: "system", cause }), true);
  assert.match(text, /^tsd: Cannot stop: two failures\n/);
  assert.match(text, /\n {4}at .*exit_code_test/);
  assert.match(text, /\nCaused by: AggregateError: two failures\n/);
  assert.match(text, /\nBeside it: Error: undo failed\n/);
});
