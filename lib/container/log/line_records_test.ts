import assert from "node:assert/strict";
import { assembleModule } from "../../../tests/harness/assembler.ts";
import { LINE_RECORDS_CODE } from "./_line_records_code.ts";
import { escapeText } from "./json_text.ts";
import { CHUNK_SIZE, LineRecords, LONGEST_TEXT } from "./line_records.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NONE = new Uint8Array();
const TAIL = encoder.encode('\\n","time":"2026-01-02T03:04:05Z"}\n');
const records = new LineRecords();

/** Has records made of bytes; gives them, and what is left. */
function add(
  bytes: Uint8Array,
  { tail = TAIL, at = 0, enough = records.full } = {},
): { text: string; left: Uint8Array } {
  const loaded = records.load(NONE, bytes);
  const added = records.add(0, loaded.length, tail, at, enough);
  return {
    text: decoder.decode(records.output.subarray(at, added.at)),
    left: bytes.subarray(added.from),
  };
}

/** What the records of a text's complete lines are, made byte by byte. */
function expected(text: string, tail: Uint8Array = TAIL): string {
  const out = new Uint8Array(1 << 20);
  return text.split("\n").slice(0, -1).map((line) => {
    const bytes = encoder.encode(line);
    const end = escapeText(bytes, 0, bytes.length, out, 0);
    return `{"log":"${decoder.decode(out.subarray(0, end))}${decoder.decode(tail)}`;
  }).join("");
}

Deno.test("LineRecords.add() makes records of lines of any length up to the longest", () => {
  const lengths = [...Array(70).keys(), 1000, LONGEST_TEXT - 2, LONGEST_TEXT - 1];
  const text = lengths.map((length) => `${"x".repeat(length)}\n`).join("");
  const { left, text: made } = add(encoder.encode(text));
  assert.equal(left.length, 0);
  assert.equal(made, expected(text));
});

Deno.test("LineRecords.add() escapes every ASCII character, wherever it stands", () => {
  for (let code = 0; code < 0x80; code++) {
    const character = String.fromCharCode(code);
    const text = [...Array(18).keys()]
      .map((before) => `${"x".repeat(before)}${character}${"y".repeat(17 - before)}\n`)
      .join("");
    const { left, text: made } = add(encoder.encode(text));
    assert.equal(left.length, 0);
    assert.equal(made, expected(text), `character ${code}`);
  }
});

Deno.test("LineRecords.add() leaves the first line that is none of its own, and all behind it", () => {
  const cases = {
    "not ASCII": `${"x".repeat(20)}\u00e9\nnext\n`,
    "no UTF-8": Uint8Array.of(0x78, 0xff, 0x0a, 0x0a),
    "too long": `${"x".repeat(LONGEST_TEXT)}\nnext\n`,
    "no end": "x".repeat(50),
    "nothing": "",
  };
  for (const [name, rest] of Object.entries(cases)) {
    const bytes = typeof rest === "string" ? encoder.encode(rest) : rest;
    for (const before of ["", "one\n", "one\ntwo <2>\n"]) {
      // What was there before must not be taken for part of it.
      records.load(NONE, new Uint8Array(CHUNK_SIZE).fill(0x0a));
      const { left, text } = add(Uint8Array.of(...encoder.encode(before), ...bytes));
      assert.deepEqual([text, left], [expected(before), bytes], name);
    }
  }
});

Deno.test("LineRecords.add() ends with the record that is enough, and begins where it is told", () => {
  const line = "x".repeat(10);
  const size = expected(`${line}\n`).length;
  for (const [enough, count] of [[0, 0], [7, 0], [8, 1], [7 + size, 1], [8 + size, 2]] as const) {
    const { left, text } = add(encoder.encode(`${line}\n`.repeat(3)), { at: 7, enough });
    assert.equal(left.length, (3 - count) * (line.length + 1), `${enough}`);
    assert.equal(text, expected(`${line}\n`.repeat(count)));
  }
});

Deno.test("LineRecords.add() has room for the worst lines, and stops before there is none", () => {
  const text = `${"\0".repeat(LONGEST_TEXT - 1)}\n`.repeat(7);
  const { left, text: made } = add(encoder.encode(text));
  const count = 7 - left.length / LONGEST_TEXT;
  assert.ok(count >= 4);
  assert.equal(made, expected(`${"\0".repeat(LONGEST_TEXT - 1)}\n`.repeat(count)));
});

Deno.test("LineRecords.add() ends records as it is told each time", () => {
  for (const length of [0, 1, 15, 16, 17, 32, 100, 3000]) {
    const tail = new Uint8Array(length).fill(0x74);
    const { text } = add(encoder.encode("one\ntwo\n"), { tail });
    assert.equal(text, expected("one\ntwo\n", tail), `${length}`);
  }
  const bytes = encoder.encode("one\n");
  assert.deepEqual(add(bytes, { tail: new Uint8Array(5000) }), { text: "", left: bytes });
});

Deno.test("LineRecords.load() puts what follows behind what has begun", () => {
  assert.equal(decoder.decode(records.load(encoder.encode("be"), encoder.encode("gun"))), "begun");
});

const MODULE = await assembleModule("line_records");

Deno.test({
  name: MODULE
    ? "the WebAssembly of line records is its source's"
    : "the WebAssembly of line records is its source's: wat2wasm is not here, see wabt",
  ignore: MODULE === undefined,
  fn: () => assert.deepEqual(Array.from(LINE_RECORDS_CODE), Array.from(MODULE!)),
});
