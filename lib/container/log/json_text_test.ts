import assert from "node:assert/strict";
import { cutBefore, escapeText, unescapeText } from "./json_text.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function bytesOf(text: string | number[]): Uint8Array {
  return typeof text === "string" ? encoder.encode(text) : Uint8Array.from(text);
}

function escaped(text: string | number[]): string {
  const bytes = bytesOf(text);
  const out = new Uint8Array(bytes.length * 6 + 2);
  const end = escapeText(bytes, 0, bytes.length, out, 2);
  return decoder.decode(out.subarray(2, end));
}

Deno.test("escapeText() writes what Docker's daemon writes", () => {
  const cases: [string | number[], string][] = [
    ["plain text", "plain text"],
    ["\ttab\r\n", "\\u0009tab\\r\\n"],
    ['<>&"\\ \u0001\u007f\u001b', '\\u003c\\u003e\\u0026\\"\\\\ \\u0001\u007f\\u001b'],
    ["é € 😀 \u2028 \u2029 \u2027", "é € 😀 \\u2028 \\u2029 \u2027"],
    ["\0\b\f", "\\u0000\\u0008\\u000c"],
    // A byte that is no UTF-8 becomes U+FFFD; one that stands for U+FFFD stays.
    [[0x62, 0xff, 0xc0, 0x80, 0x20], "b\\ufffd\\ufffd\\ufffd "],
    [[0xed, 0xa0, 0x80], "\\ufffd\\ufffd\\ufffd"],
    [[0xc3], "\\ufffd"],
    [[0xe2, 0x82, 0x0a], "\\ufffd\\ufffd\\n"],
    [[0xef, 0xbf, 0xbd], "\ufffd"],
    [[0xf4, 0x90, 0x80, 0x80], "\\ufffd\\ufffd\\ufffd\\ufffd"],
    [[0xf4, 0x8f, 0xbf, 0xbf], "\u{10ffff}"],
    [[0xe0, 0x9f, 0xbf], "\\ufffd\\ufffd\\ufffd"],
    [[0xf0, 0x8f, 0xbf, 0xbf], "\\ufffd\\ufffd\\ufffd\\ufffd"],
  ];
  for (const [text, expected] of cases) assert.equal(escaped(text), expected);
});

Deno.test("escapeText() gives what JSON.parse gives back, for every character", () => {
  for (let code = 0; code <= 0x10ffff; code += code < 0x3000 ? 1 : 0x7b) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const text = `a${String.fromCodePoint(code)}b`;
    assert.equal(JSON.parse(`"${escaped(text)}"`), text);
  }
});

Deno.test("unescapeText() undoes escapes where they stand", () => {
  const cases: [string, string][] = [
    ["plain", "plain"],
    ["a\\nb\\r\\t\\b\\f", "a\nb\r\t\b\f"],
    ['\\"\\\\\\/', '"\\/'],
    ["\\u003ca\\u003e \\u00e9 \\u20ac\\u2028", "<a> é €\u2028"],
    ["\\ud83d\\ude00!", "😀!"],
    ["\\ud83d!\\ud83d\\u0041\\ude00\\ud83d\\n", "\ufffd!\ufffdA\ufffd\ufffd\n"],
    ["é\\\\n😀", "é\\n😀"],
  ];
  for (const [text, expected] of cases) {
    const bytes = encoder.encode(`<${text}>`);
    const end = unescapeText(bytes, 1, bytes.length - 1);
    assert.equal(decoder.decode(bytes.subarray(1, end)), expected, text);
    assert.equal(bytes.at(-1), ">".charCodeAt(0), "what follows stays");
  }
});

Deno.test("cutBefore() cuts no character", () => {
  const cases: [string | number[], number, number][] = [
    ["abcd", 3, 3],
    ["aé", 2, 1],
    ["aé", 3, 3],
    ["a€b", 2, 1],
    ["a€b", 3, 1],
    ["a€b", 4, 4],
    ["😀", 3, 0],
    ["😀", 4, 4],
    // Not text: nothing to keep together.
    [[0x80, 0x80, 0x80, 0x80, 0x80], 4, 4],
    [[0xff, 0xff], 1, 1],
  ];
  for (const [text, at, expected] of cases) assert.equal(cutBefore(bytesOf(text), at), expected);
});
