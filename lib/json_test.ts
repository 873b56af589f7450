import assert from "node:assert/strict";
import {
  booleanAt,
  compact,
  integerAt,
  listAt,
  objectAt,
  optionalAt,
  parseJson,
  recordAt,
  stringAt,
} from "./json.ts";

Deno.test("parseJson() names the line and column of the mistake", () => {
  const cases: [text: string, line: number, column: number][] = [
    ["", 1, 1],
    ["  \n ", 2, 2],
    ["nope", 1, 1],
    ["[1, 2", 1, 6],
    ['{\n  "a": 1,\n}', 3, 1],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3],
    ['{"a": [true, fals]}', 1, 14],
    ['{"a" 1}', 1, 6],
    ["{a: 1}", 1, 2],
    ['{"a": 01}', 1, 8],
    ['"a\nb"', 1, 1],
    ["1 2", 1, 3],
    ['{"a": {}, "b": [[], {}],, "c": 1}', 1, 25],
  ];
  for (const [text, line, column] of cases) {
    assert.throws(() => parseJson(text), {
      name: "SyntaxError",
      message: `it is not JSON: mistake in line ${line}, column ${column}`,
    }, text);
  }
});

Deno.test("parseJson() gives the value of what is right", () => {
  assert.deepEqual(parseJson(' {"a": [1, -2.5e3, "\\u00e4\\n", null, {}]} '), {
    a: [1, -2500, "ä\n", null, {}],
  });
});

Deno.test("the checks return the value, or say where the wrong one is", () => {
  assert.deepEqual(objectAt({ a: 1 }, "x"), { a: 1 });
  assert.equal(stringAt("a", "x"), "a");
  assert.equal(integerAt(3, "x", 3), 3);
  assert.equal(booleanAt(false, "x"), false);
  assert.deepEqual(listAt(["a"], "x", stringAt), ["a"]);
  assert.deepEqual(recordAt({ a: "b" }, "x", stringAt), { a: "b" });
  assert.equal(optionalAt(null, "x", stringAt), undefined);
  const cases: [check: () => unknown, message: string][] = [
    [() => objectAt([], "x"), "x must be an object"],
    [() => objectAt(null, "x"), "x must be an object"],
    [() => stringAt(1, "x"), "x must be a string"],
    [() => integerAt(2, "x", 3), "x must be a whole number of at least 3"],
    [() => integerAt(1.5, "x"), "x must be a whole number of at least 0"],
    [() => integerAt(2 ** 53, "x"), "x must be a whole number of at least 0"],
    [() => booleanAt("true", "x"), "x must be true or false"],
    [() => listAt({}, "x", stringAt), "x must be a list"],
    [() => listAt(["a", 1], "x", stringAt), "x[1] must be a string"],
    [() => recordAt({ a: 1 }, "x", stringAt), "x.a must be a string"],
    [() => optionalAt(1, "x", stringAt), "x must be a string"],
  ];
  for (const [check, message] of cases) assert.throws(check, { name: "TypeError", message });
});

Deno.test("compact() leaves undefined members out", () => {
  assert.deepEqual(Object.keys(compact({ a: 1, b: undefined, c: null })), ["a", "c"]);
});
