import assert from "node:assert/strict";
import { close, pipe, read } from "./fd.ts";
import { makeSystemCall, systemCallNumber } from "./system_call.ts";

Deno.test("systemCallNumber() knows both architectures", () => {
  assert.equal(systemCallNumber("execve", "x86_64"), 59);
  assert.equal(systemCallNumber("execve", "aarch64"), 221);
  assert.equal(systemCallNumber("clone3", "x86_64"), systemCallNumber("clone3", "aarch64"));
  assert.equal(systemCallNumber("#321"), 321);
});

Deno.test("makeSystemCall() passes numbers and bytes, and returns the result", () => {
  const ends = pipe();
  const bytes = new TextEncoder().encode("bytes");
  assert.equal(makeSystemCall({ name: "write", args: [ends.write, bytes, bytes.length] }), 5);
  const buffer = new Uint8Array(8);
  assert.equal(read(ends.read, buffer), 5);
  assert.deepEqual(buffer.subarray(0, 5), bytes);
  [ends.read, ends.write].forEach(close);
});

Deno.test("makeSystemCall() passes structures that point to more", () => {
  const ends = pipe();
  const texts = ["one, ", "two"];
  // struct iovec[2]
  const words = texts.flatMap((text) => [text, text.length]);
  const writev = Deno.build.arch === "x86_64" ? "#20" : "#66";
  assert.equal(makeSystemCall({ name: writev, args: [ends.write, { words }, 2] }), 8);
  const buffer = new Uint8Array(8);
  read(ends.read, buffer);
  assert.equal(new TextDecoder().decode(buffer), "one, two");
  [ends.read, ends.write].forEach(close);
});

Deno.test("makeSystemCall() throws where a call fails that must not", () => {
  assert.throws(() => makeSystemCall({ name: "close", args: [123456] }), {
    name: "SyscallError",
    message: "close 123456: bad file descriptor",
  });
  assert.equal(makeSystemCall({ name: "close", args: [123456], mayFail: true }), -1);
});
