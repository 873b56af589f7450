import assert from "node:assert/strict";
import { BrokenPipeError, type ByteSink, createTextOutput } from "./text_output.ts";

/** Makes a sink that does what `write` says, and keeps what it took. */
function sinkOf(write: (bytes: Uint8Array, call: number) => number): ByteSink & { text: string } {
  let call = 0;
  return {
    text: "",
    writeSync(bytes) {
      const count = write(bytes, call++);
      this.text += new TextDecoder().decode(bytes.subarray(0, count));
      return count;
    },
    isTerminal: () => true,
  };
}

Deno.test("write() goes on after short writes", () => {
  const sink = sinkOf((bytes) => Math.min(3, bytes.length));
  const output = createTextOutput(sink);
  output.write("0123456789");
  output.line("ab");
  output.line();
  output.write(new Uint8Array([0x78]));
  assert.equal(sink.text, "0123456789ab\n\nx");
  assert.equal(output.isTerminal(), true);
});

Deno.test("write() tries again where a full or interrupted output took nothing", () => {
  const sink = sinkOf((bytes, call) => {
    if (call === 0) throw new Deno.errors.WouldBlock("full");
    if (call === 1) throw new Deno.errors.Interrupted("signal");
    return bytes.length;
  });
  createTextOutput(sink).write("all of it");
  assert.equal(sink.text, "all of it");
});

Deno.test("write() throws BrokenPipeError where the reader has gone", () => {
  const output = createTextOutput(sinkOf(() => {
    throw new Deno.errors.BrokenPipe("gone");
  }));
  assert.throws(() => output.write("x"), BrokenPipeError);
});

Deno.test("write() lets other errors through", () => {
  const output = createTextOutput(sinkOf(() => {
    throw new RangeError("disk full");
  }));
  assert.throws(() => output.write("x"), RangeError);
});
