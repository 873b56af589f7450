import assert from "node:assert/strict";
import { nearest } from "./nearest.ts";

const NAMES = ["name", "network", "no-trunc", "rm", "env", "env-file", "images", "image"];

const CASES: [word: string, expected: string | undefined][] = [
  ["nmae", "name"],
  ["nam", "name"],
  ["netwrok", "network"],
  ["no-trun", "no-trunc"],
  ["rmm", "rm"],
  ["evn-file", "env-file"],
  ["imgaes", "images"],
  ["iamge", "image"],
  ["zzz", undefined],
  ["publish", undefined],
  ["", undefined],
];

for (const [word, expected] of CASES) {
  Deno.test(`nearest() finds ${expected ?? "nothing"} for ${JSON.stringify(word)}`, () => {
    assert.equal(nearest(word, NAMES), expected);
  });
}
