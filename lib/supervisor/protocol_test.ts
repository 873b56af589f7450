import assert from "node:assert/strict";
import {
  decodeMessage,
  encodeFrame,
  encodeMessage,
  FRAME_HEADER_SIZE,
  FrameType,
} from "./protocol.ts";

Deno.test("encodeFrame() puts type and length in front", () => {
  assert.deepEqual(
    encodeFrame(FrameType.STDERR, new Uint8Array([7, 8, 9])),
    new Uint8Array([2, 0, 0, 0, 3, 7, 8, 9]),
  );
  const long = encodeFrame(FrameType.STDOUT, new Uint8Array(0x10203));
  assert.deepEqual(long.subarray(0, FRAME_HEADER_SIZE), new Uint8Array([1, 0, 1, 2, 3]));
  assert.deepEqual(encodeFrame(FrameType.STDIN, new Uint8Array()), new Uint8Array(5));
});

Deno.test("decodeMessage() reads what encodeMessage() wrote", () => {
  const message = { kind: "start", id: "ü\n", attach: true, owner: false } as const;
  const frame = encodeMessage(message);
  assert.equal(frame[0], FrameType.MESSAGE);
  const payload = frame.subarray(FRAME_HEADER_SIZE);
  assert.deepEqual(decodeMessage({ type: FrameType.MESSAGE, payload }), message);
});
