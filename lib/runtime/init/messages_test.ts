import assert from "node:assert/strict";
import {
  encodeInitMessage,
  initError,
  type InitMessage,
  type InitOrder,
  parseMessages,
} from "./messages.ts";

const MESSAGES: InitMessage[] = [
  { kind: "terminal", fd: 12 },
  { kind: "failed", error: "system", message: "two\nlines, and ü" },
];

Deno.test("parseMessages() puts messages together however the pipe splits them", () => {
  const text = MESSAGES.map((message) => new TextDecoder().decode(encodeInitMessage(message)))
    .join("");
  assert.equal(text.split("\n").length, 3);
  for (let at = 0; at <= text.length; at++) {
    const first = parseMessages<InitMessage>(text.slice(0, at));
    const second = parseMessages<InitMessage>(first.rest + text.slice(at));
    assert.deepEqual([...first.messages, ...second.messages], MESSAGES);
    assert.equal(second.rest, "");
  }
});

Deno.test("parseMessages() keeps what is not complete", () => {
  assert.deepEqual(parseMessages<InitOrder>(""), { messages: [], rest: "" });
  assert.deepEqual(parseMessages<InitOrder>('{"kind":"proceed"}\n{"ki'), {
    messages: [{ kind: "proceed" }],
    rest: '{"ki',
  });
});

Deno.test("initError() carries the kind init reported", () => {
  const error = initError("web", { kind: "failed", error: "commandNotFound", message: "no sh" });
  assert.deepEqual([error.name, error.kind, error.message], [
    "EngineError",
    "commandNotFound",
    'Cannot start container "web": no sh',
  ]);
});
