import assert from "node:assert/strict";
import { DEFAULT_DETACH_KEYS, DetachScanner, parseDetachKeys } from "./detach_keys.ts";

Deno.test("parseDetachKeys() turns names of keys into bytes", () => {
  assert.deepEqual([...parseDetachKeys(DEFAULT_DETACH_KEYS)], [0x10, 0x11]);
  assert.deepEqual([...parseDetachKeys("a,ctrl-@,ctrl-[,ctrl-_")], [0x61, 0, 0x1b, 0x1f]);
  assert.deepEqual([...parseDetachKeys("")], []);
});

Deno.test("parseDetachKeys() refuses what is no key", () => {
  for (const text of ["ctrl-", "ctrl-1", "ab", "a,,b", "é"]) {
    assert.throws(() => parseDetachKeys(text), {
      kind: "invalid",
      message: new RegExp(`^invalid detach keys \\(${text}\\): Unknown character: '`),
    });
  }
});

Deno.test("DetachScanner.scan() finds the keys, also over several inputs", () => {
  const cases: [inputs: number[][], passed: number[], detached: boolean][] = [
    [[[1, 2, 3]], [1, 2, 3], false],
    [[[1, 0x10, 0x11, 2]], [1], true],
    [[[0x10], [0x11]], [], true],
    [[[0x10], [5]], [0x10, 5], false],
    [[[0x10, 0x10, 0x11]], [0x10], true],
    [[[0x11, 0x10]], [0x11], false],
  ];
  for (const [inputs, passed, detached] of cases) {
    const scanner = new DetachScanner(parseDetachKeys(DEFAULT_DETACH_KEYS));
    const results = inputs.map((input) => scanner.scan(Uint8Array.from(input)));
    assert.deepEqual(results.flatMap(({ pass }) => [...pass]), passed);
    assert.equal(results.at(-1)!.detached, detached);
  }
});

Deno.test("DetachScanner.scan() without keys passes everything", () => {
  const scanner = new DetachScanner(new Uint8Array());
  assert.deepEqual([...scanner.scan(Uint8Array.of(0x10, 0x11)).pass], [0x10, 0x11]);
});
