import assert from "node:assert/strict";
import { EngineError } from "../../errors.ts";
import { decodePax, paxInteger, paxTime } from "./pax.ts";

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

Deno.test("decodePax() keeps every byte of a value", () => {
  const value = "\x01\0\0\x02\x80\xff\n=\n";
  const records = decodePax(
    bytes(`12 path=a b\n39 SCHILY.xattr.security.capability=${value}\n`.replace(
      "39 ",
      `${"SCHILY.xattr.security.capability=".length + value.length + 4} `,
    )),
  );
  assert.deepEqual([...records], [
    ["path", bytes("a b")],
    ["SCHILY.xattr.security.capability", bytes(value)],
  ]);
});

Deno.test("decodePax() refuses malformed records", () => {
  const cases = [
    "path",
    "99 path=a\n",
    "8 path=a\n",
    "x path=a\n",
    "0 path=a\n",
    "10 path=a\n\n",
    "-1 path=a\n",
    "8 =abcd\n",
    "10 pathaa\n",
    "99999999999999999999 a=b\n",
    " a=b\n",
  ];
  for (const text of cases) {
    assert.throws(() => decodePax(bytes(text)), EngineError, JSON.stringify(text));
  }
});

Deno.test("paxTime() counts nanoseconds forwards, before 1970 too", () => {
  const cases: [string, number, number][] = [
    ["1600000000", 1_600_000_000, 0],
    ["1600000000.123456789", 1_600_000_000, 123_456_789],
    ["1600000000.1234567891", 1_600_000_000, 123_456_789],
    ["1.5", 1, 500_000_000],
    ["1.", 1, 0],
    ["-1.25", -2, 750_000_000],
    ["-3", -3, 0],
    ["-0.5", -1, 500_000_000],
  ];
  for (const [text, seconds, nanoseconds] of cases) {
    assert.deepEqual(paxTime(bytes(text)), { seconds, nanoseconds }, text);
  }
  for (const text of ["", "abc", "1e9", ".5", "1.5x", " 1"]) {
    assert.throws(() => paxTime(bytes(text)), EngineError, text);
  }
});

Deno.test("paxInteger() reads whole numbers only", () => {
  assert.equal(paxInteger(bytes("8589934592")), 8_589_934_592);
  for (const text of ["-1", "1.5", "0x10", "", "99999999999999999999"]) {
    assert.throws(() => paxInteger(bytes(text)), EngineError, text);
  }
});
