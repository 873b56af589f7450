import assert from "node:assert/strict";
import { fitWidth, textWidth } from "./text_width.ts";

const WIDTHS: [text: string, width: number][] = [
  ["", 0],
  ["plain", 5],
  ["é", 1],
  ["e\u0301", 1],
  ["日本", 4],
  ["📦", 2],
  ["a\u200bb", 2],
];

for (const [text, width] of WIDTHS) {
  Deno.test(`textWidth() measures ${JSON.stringify(text)} as ${width}`, () => {
    assert.equal(textWidth(text), width);
  });
}

Deno.test("fitWidth() never cuts a wide character in half", () => {
  assert.equal(fitWidth("日本語", 5), "日本");
  assert.equal(fitWidth("plain", 3), "pla");
  assert.equal(fitWidth("plain", 5), "plain");
});
