import assert from "node:assert/strict";
import { buildEnvironment, parseVariable, parseVariableFile } from "./environment.ts";

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const lookUp = (name: string) => ({ HERE: "value", EMPTY: "" } as Record<string, string>)[name];

const VARIABLES: [text: string, variable: string | undefined][] = [
  ["A=b", "A=b"],
  ["A=", "A="],
  ["A=b=c", "A=b=c"],
  ["A= b ", "A= b "],
  ["a.b-c=d", "a.b-c=d"],
  ["HERE", "HERE=value"],
  ["HERE=other", "HERE=other"],
  ["EMPTY", "EMPTY="],
  ["MISSING", undefined],
];

Deno.test("parseVariable() takes a variable, or looks its value up", () => {
  for (const [text, variable] of VARIABLES) assert.equal(parseVariable(text, lookUp), variable);
});

Deno.test("parseVariable() refuses what has no name, or NUL", () => {
  for (const text of ["", "=", "=x", "A=b\0c"]) {
    assert.throws(() => parseVariable(text, lookUp), {
      name: "EngineError",
      kind: "invalid",
      message: `Cannot set a variable: invalid environment variable: ${text}`,
    });
  }
});

const FILES: [text: string, variables: string[]][] = [
  ["", []],
  ["A=b", ["A=b"]],
  ["\uFEFFA=b\n", ["A=b"]],
  ["# comment\n\n  \t\n  # another\nA=b # not a comment\n", ["A=b # not a comment"]],
  ["A=1\r\nB=2\r\n", ["A=1", "B=2"]],
  ["  INDENTED= kept spaces  \n", ["INDENTED= kept spaces  "]],
  ["HERE\nMISSING\nEMPTY\n", ["HERE=value", "EMPTY="]],
  ['Q="quoted"\nU=ü=ü', ['Q="quoted"', "U=ü=ü"]],
  ["A=1\nA=2", ["A=1", "A=2"]],
];

Deno.test("parseVariableFile() reads a variable a line", () => {
  for (const [text, variables] of FILES) {
    assert.deepEqual(parseVariableFile("file", text, lookUp), variables);
  }
});

Deno.test("parseVariableFile() says which line is wrong", () => {
  const cases: [text: string, line: number, reason: string][] = [
    ["A=b\n=c", 2, "no variable name on line '=c'"],
    ["A b=c", 1, "variable 'A b' contains whitespaces"],
    ["#\n\nA\t=c\n", 3, "variable 'A\t' contains whitespaces"],
    ["NAME WITHOUT VALUE", 1, "variable 'NAME WITHOUT VALUE' contains whitespaces"],
  ];
  for (const [text, line, reason] of cases) {
    assert.throws(() => parseVariableFile("/etc/env", text, lookUp), {
      kind: "invalid",
      message: `Cannot read the variables in "/etc/env": line ${line}: poorly formatted ` +
        `environment: ${reason}`,
    });
  }
});

Deno.test("buildEnvironment() lets the image override the defaults, and the user both", () => {
  const build = (image: string[], own: string[], terminal = false) =>
    buildEnvironment({ image, own, hostname: "box", terminal });
  assert.deepEqual(build([], []), [PATH, "HOSTNAME=box"]);
  assert.deepEqual(build([], [], true), [PATH, "HOSTNAME=box", "TERM=xterm"]);
  assert.deepEqual(build(["PATH=/bin", "A=1", "B=2"], ["A=3", "TERM=dumb", "A=4"], true), [
    "PATH=/bin",
    "HOSTNAME=box",
    "TERM=dumb",
    "A=4",
    "B=2",
  ]);
  assert.deepEqual(build(["A=1"], ["A="]), [PATH, "HOSTNAME=box", "A="]);
});
