import assert from "node:assert/strict";
import { ellipsis, humanBinarySize, humanSize, parseBytes, parseDuration } from "./units.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const SIZES: [bytes: number, text: string][] = [
  [0, "0B"],
  [999, "999B"],
  [1000, "1kB"],
  [7_797_760, "7.8MB"],
  [1_240_000_000, "1.24GB"],
  [72_800_000, "72.8MB"],
  [187_654_321, "188MB"],
  [999_900_000, "1GB"],
  [1e27, "1000YB"],
];

for (const [bytes, text] of SIZES) {
  Deno.test(`humanSize() writes ${bytes} as ${text}`, () => {
    assert.equal(humanSize(bytes), text);
  });
}

Deno.test("humanBinarySize() writes four digits in units of 1024", () => {
  assert.equal(humanBinarySize(1.5 * 1024 ** 3), "1.5GiB");
  assert.equal(humanBinarySize(12_345_678), "11.77MiB");
});

const BYTES: [text: string, bytes: number][] = [
  ["0", 0],
  ["512", 512],
  ["512b", 512],
  ["512m", 512 * 1024 ** 2],
  ["1g", 1024 ** 3],
  ["1G", 1024 ** 3],
  ["1.5GiB", 1.5 * 1024 ** 3],
  ["64 MB", 64 * 1024 ** 2],
  [".5k", 512],
  ["2t", 2 * 1024 ** 4],
];

for (const [text, bytes] of BYTES) {
  Deno.test(`parseBytes() reads ${text}`, () => {
    assert.equal(parseBytes(text), bytes);
  });
}

const NO_BYTES: [text: string, message: string][] = [
  ["", "invalid size: ''"],
  ["abc", "invalid size: 'abc'"],
  ["-5", "invalid size: '-5'"],
  [".", "invalid size: '.'"],
  ["1.2.3m", "invalid size: '1.2.3m'"],
  ["12x", "invalid suffix: 'x'"],
  ["1kk", "invalid suffix: 'kk'"],
  ["1gibi", "invalid suffix: 'gibi'"],
  ["1bb", "invalid suffix: 'bb'"],
  ["9999999p", "invalid size: '9999999p'"],
];

for (const [text, message] of NO_BYTES) {
  Deno.test(`parseBytes() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseBytes(text), { name: "EngineError", kind: "invalid", message });
  });
}

const PARSED_DURATIONS: [text: string, milliseconds: number][] = [
  ["0", 0],
  ["300ms", 300],
  ["1h30m", 90 * MINUTE],
  ["-1.5h", -90 * MINUTE],
  ["+10s", 10 * SECOND],
  ["1m0.5s", 60_500],
  ["250us", 0.25],
  ["2µs", 0.002],
];

for (const [text, milliseconds] of PARSED_DURATIONS) {
  Deno.test(`parseDuration() reads ${text}`, () => {
    assert.equal(parseDuration(text), milliseconds);
  });
}

const NO_DURATIONS: [text: string, message: string][] = [
  ["", 'time: invalid duration ""'],
  ["x", 'time: invalid duration "x"'],
  ["1m.s", 'time: invalid duration "1m.s"'],
  ["5", 'time: missing unit in duration "5"'],
  ["5y", 'time: unknown unit "y" in duration "5y"'],
  ["5constructor", 'time: unknown unit "constructor" in duration "5constructor"'],
];

for (const [text, message] of NO_DURATIONS) {
  Deno.test(`parseDuration() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseDuration(text), { name: "EngineError", kind: "invalid", message });
  });
}

Deno.test("ellipsis() marks what it cuts", () => {
  assert.equal(ellipsis("abcdef", 6), "abcdef");
  assert.equal(ellipsis("abcdefg", 6), "abcde…");
  assert.equal(ellipsis("abc", 1), "a");
});
