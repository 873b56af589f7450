import assert from "node:assert/strict";
import { cString, cStringArray } from "./_cstring.ts";

Deno.test("cString() encodes UTF-8 and ends with NUL", () => {
  assert.deepEqual(cString("aü"), new Uint8Array([0x61, 0xc3, 0xbc, 0]));
  assert.deepEqual(cString(""), new Uint8Array([0]));
  assert.throws(() => cString("a\0b"), TypeError);
});

Deno.test("cStringArray() points at each string, and ends with a null pointer", () => {
  const strings = ["first", "", "ü", "x".repeat(10_000)];
  const pointers = cStringArray(strings);
  assert.equal(pointers.length, strings.length + 1);
  assert.equal(pointers.at(-1), 0n);
  strings.forEach((text, index) => {
    const pointer = Deno.UnsafePointer.create(pointers[index]!)!;
    assert.equal(Deno.UnsafePointerView.getCString(pointer), text);
  });
  assert.deepEqual(cStringArray([]), new BigUint64Array(1));
});

Deno.test("cStringArray() keeps its strings while the array lives, whatever is collected", async () => {
  // Alone, as it takes an option of the engine's to collect garbage at once.
  const script = `
    import { cStringArray } from ${JSON.stringify(new URL("./_cstring.ts", import.meta.url).href)};
    const strings = Array.from({ length: 2000 }, (_, index) => "string-" + index);
    const pointers = cStringArray(strings);
    for (let round = 0; round < 5; round++) {
      gc();
      Array.from({ length: 5000 }, () => new Uint8Array(12).fill(66));
    }
    const read = (pointer) =>
      Deno.UnsafePointerView.getCString(Deno.UnsafePointer.create(pointer));
    Deno.exit(strings.every((text, index) => read(pointers[index]) === text) ? 0 : 1);`;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", "--no-config", "--no-check", "--v8-flags=--expose-gc", script],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
});
