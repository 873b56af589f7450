import assert from "node:assert/strict";
import { FrameReader, FrameWriter } from "./frame_stream.ts";
import { encodeFrame, type Frame, LONGEST_PAYLOAD } from "../protocol.ts";

/** A connection whose reads give the bytes in pieces of some size. */
function inPieces(bytes: Uint8Array, size: number): Pick<Deno.Conn, "read"> {
  let at = 0;
  return {
    read: (buffer) => {
      assert(buffer.length > 0, "a read into an empty buffer looks like the end");
      const count = Math.min(size, buffer.length, bytes.length - at);
      buffer.set(bytes.subarray(at, at + count));
      at += count;
      return Promise.resolve(count === 0 ? null : count);
    },
  };
}

function joined(frames: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(frames.flatMap((frame) => [...frame]));
}

/** All frames, with copies of their payloads, which are valid only until the next. */
async function readAll(reader: FrameReader): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (let frame; (frame = await reader.next());) {
    frames.push({ type: frame.type, payload: frame.payload.slice() });
  }
  return frames;
}

const payload = (length: number, seed: number) =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + seed) & 0xff);

Deno.test("FrameReader.next() puts frames together however they arrive", async () => {
  const payloads = [0, 1, 5, 300, 0, 1000].map(payload);
  const bytes = joined(payloads.map((bytes, index) => encodeFrame(index % 4, bytes)));
  const expected = payloads.map((payload, index) => ({ type: index % 4, payload }));
  for (const size of [1, 2, 3, 5, 7, 64, 1000, bytes.length]) {
    assert.deepEqual(await readAll(new FrameReader(inPieces(bytes, size))), expected, `${size}`);
  }
});

Deno.test("FrameReader.next() takes payloads up to the longest, and many that fill its buffer", async () => {
  const sizes = [LONGEST_PAYLOAD, 1, 65_531, 65_532, 40_000, 40_000, LONGEST_PAYLOAD - 1];
  const frames = sizes.map((size, index) => encodeFrame(1, payload(size, index)));
  const bytes = new Uint8Array(await new Blob(frames).arrayBuffer());
  const read = await readAll(new FrameReader(inPieces(bytes, 10_000)));
  assert.deepEqual(read.map(({ payload }) => payload.length), sizes);
  read.forEach(({ payload: bytes }, index) => {
    assert.deepEqual(bytes, payload(sizes[index]!, index));
  });
});

Deno.test("FrameReader.next() refuses a frame that is too long, before it has arrived", async () => {
  const header = new Uint8Array([1, 0, 0x10, 0, 1]);
  await assert.rejects(new FrameReader(inPieces(header, 5)).next(), {
    name: "EngineError",
    kind: "system",
    message: "Cannot read from the supervisor's socket: a frame of 1048577 bytes",
  });
});

Deno.test("FrameReader.next() takes the end in the middle of a frame for the end", async () => {
  const frame = encodeFrame(1, payload(10, 0));
  for (let length = 0; length < frame.length; length++) {
    const reader = new FrameReader(inPieces(frame.subarray(0, length), 4));
    assert.equal(await reader.next(), undefined);
  }
});

Deno.test("FrameReader.next() takes a lost connection for the end, and nothing else", async () => {
  const failing = (error: Error) => new FrameReader({ read: () => Promise.reject(error) });
  const { BadResource, ConnectionReset, Interrupted, PermissionDenied } = Deno.errors;
  for (const Lost of [BadResource, ConnectionReset, Interrupted]) {
    assert.equal(await failing(new Lost("lost")).next(), undefined);
  }
  await assert.rejects(failing(new PermissionDenied("no")).next(), PermissionDenied);
});

Deno.test("FrameWriter.send() writes in order, in as many writes as it takes", async () => {
  const written: number[] = [];
  const writer = new FrameWriter({
    write: (bytes) => {
      const count = Math.min(3, bytes.length);
      written.push(...bytes.subarray(0, count));
      return Promise.resolve(count);
    },
  });
  const frames = [[1, 2, 3, 4, 5, 6, 7], [8], [], [9, 10]].map((bytes) => new Uint8Array(bytes));
  frames.forEach((frame) => writer.send(frame));
  assert.equal(writer.pending, 10);
  await writer.flush();
  assert.equal(writer.pending, 0);
  assert.deepEqual(written, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

Deno.test("FrameWriter.send() writes what comes during a write together after it, as it was then", async () => {
  const writes: { bytes: number[]; end: () => void }[] = [];
  const writer = new FrameWriter({
    write: (bytes) => {
      const { promise, resolve } = Promise.withResolvers<number>();
      writes.push({ bytes: [...bytes], end: () => resolve(bytes.length) });
      return promise;
    },
  });
  const buffer = new Uint8Array(2);
  const send = (value: number) => writer.send(buffer.fill(value), buffer.subarray(0, 1));
  const first = send(1);
  await Promise.resolve();
  const later = [send(2), send(3)];
  buffer.fill(9);
  assert.equal(writer.pending, 9);
  writes[0]!.end();
  await first;
  assert.equal(writer.pending, 6);
  await Promise.resolve();
  writes[1]!.end();
  await Promise.all(later);
  assert.deepEqual(writes.map(({ bytes }) => bytes), [[1, 1, 1], [2, 2, 2, 3, 3, 3]]);
});

Deno.test("FrameWriter.send() drops frames once the other side is gone", async () => {
  let writes = 0;
  const writer = new FrameWriter({
    write: () => {
      writes++;
      return Promise.reject(new Deno.errors.BrokenPipe("gone"));
    },
  });
  const first = writer.send(new Uint8Array(10));
  const second = writer.send(new Uint8Array(20));
  assert.equal(writer.pending, 30);
  await Promise.all([first, second, writer.flush()]);
  assert.deepEqual([writer.pending, writes], [0, 1]);
  await writer.send(new Uint8Array(5));
  assert.deepEqual([writer.pending, writes], [0, 1]);
});

Deno.test("FrameReader and FrameWriter talk over a socket, also one whose other side is gone", async () => {
  const folder = await Deno.makeTempDir();
  const address = { transport: "unix", path: `${folder}/socket` } as const;
  using listener = Deno.listen(address);
  const [client, server] = await Promise.all([Deno.connect(address), listener.accept()]);
  const [writer, reader] = [new FrameWriter(client), new FrameReader(server)];
  writer.send(encodeFrame(1, payload(500_000, 1)));
  const frame = await reader.next();
  assert.deepEqual(frame, { type: 1, payload: payload(500_000, 1) });
  server.close();
  await writer.send(encodeFrame(1, new Uint8Array(1 << 20)));
  await writer.send(encodeFrame(1, new Uint8Array(1 << 20)));
  assert.equal(writer.pending, 0);
  assert.equal(await new FrameReader(client).next(), undefined);
  client.close();
  await Deno.remove(folder, { recursive: true });
});
