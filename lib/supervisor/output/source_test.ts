import assert from "node:assert/strict";
import { bytesInPipe, mkfifo, open, OpenFlag, writeAll } from "../../../ffi/mod.ts";
import { FifoSource, positionPath } from "./source.ts";

/** A FIFO that stays open for writing, as a container holds it. */
async function fifo(): Promise<{ path: string; writer: Deno.FsFile | number } & AsyncDisposable> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/stdout`;
  mkfifo(path, 0o600);
  const writer = open(path, OpenFlag.RDWR);
  return {
    path,
    writer,
    [Symbol.asyncDispose]: async () => {
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const source = (path: string) =>
  new FifoSource(open(path, OpenFlag.RDONLY | OpenFlag.NONBLOCK), path);
const bytes = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
const buffer = new Uint8Array(1024);

function readText(from: FifoSource): string | undefined {
  const count = from.read(buffer);
  return count === undefined ? undefined : new TextDecoder().decode(buffer.subarray(0, count));
}

Deno.test("FifoSource keeps in the FIFO what was not passed on", async () => {
  await using pipe = await fifo();
  const first = source(pipe.path);
  assert.equal(readText(first), undefined);
  writeAll(pipe.writer as number, bytes("one"));
  assert.equal(readText(first), "one");
  assert.equal(bytesInPipe(first.fd), 3);
  first.passedOn();
  assert.equal(bytesInPipe(first.fd), 0);
  first.close();
});

Deno.test("FifoSource reads again what a process that died had only read", async () => {
  await using pipe = await fifo();
  const first = source(pipe.path);
  writeAll(pipe.writer as number, bytes("lost?"));
  assert.equal(readText(first), "lost?");
  first.close();
  const second = source(pipe.path);
  assert.equal(readText(second), "lost?");
  second.close();
});

Deno.test("FifoSource does not read again what was passed on and not taken out", async () => {
  await using pipe = await fifo();
  const first = source(pipe.path);
  writeAll(pipe.writer as number, bytes("twice?"));
  readText(first);
  const before = await Deno.readFile(positionPath(pipe.path));
  first.passedOn();
  // As if it had been killed between saying that it was passed on and taking it out.
  const words = new Float64Array((await Deno.readFile(positionPath(pipe.path))).buffer);
  words[1] = words[0]! - "twice?".length;
  await Deno.writeFile(positionPath(pipe.path), new Uint8Array(words.buffer));
  assert.equal(before.length, 0);
  first.close();
  writeAll(pipe.writer as number, bytes("twice?more"));
  const second = source(pipe.path);
  assert.equal(readText(second), "more");
  second.close();
});

Deno.test("FifoSource goes on where it was killed just after taking out", async () => {
  await using pipe = await fifo();
  const first = source(pipe.path);
  writeAll(pipe.writer as number, bytes("passed"));
  readText(first);
  first.passedOn();
  const words = new Float64Array((await Deno.readFile(positionPath(pipe.path))).buffer);
  words[1] = 0;
  await Deno.writeFile(positionPath(pipe.path), new Uint8Array(words.buffer));
  first.close();
  writeAll(pipe.writer as number, bytes("other!"));
  const second = source(pipe.path);
  assert.equal(readText(second), "other!");
  second.close();
});
