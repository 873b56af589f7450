import assert from "node:assert/strict";
import { concat, inPieces } from "./_archive_fixture.ts";
import { ReadAhead } from "./read_ahead.ts";

Deno.test("ReadAhead gives every byte once, from pieces of any size", async () => {
  const bytes = new Uint8Array(500_000).map((_, at) => at * 7 >> 2);
  for (const size of [999, 131_072, 131_073, 500_000]) {
    const reader = new ReadAhead(inPieces(bytes, size), 131_072);
    const taken: Uint8Array[] = [];
    for (let piece = await reader.take(); piece !== undefined; piece = await reader.take()) {
      assert(piece.length > 0);
      taken.push(piece.slice());
    }
    assert.deepEqual(concat(taken), bytes);
    assert.equal(await reader.take(), undefined);
    await reader.close();
    reader.release();
  }
});

Deno.test("ReadAhead leaves what was taken alone until the next time", async () => {
  const reader = new ReadAhead(inPieces(new Uint8Array(400_000).fill(1), 50_000), 131_072);
  const first = (await reader.take())!;
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve));
  assert(first.every((byte) => byte === 1));
  const second = (await reader.take())!;
  assert.equal(second.length, 131_072, "the source was not read ahead");
  assert.notEqual(second.buffer, first.buffer);
  await reader.close();
  assert.equal(await reader.take(), undefined);
});

Deno.test("ReadAhead.close() wakes who waits, and ends the source", async () => {
  let ended = 0;
  const arrival = Promise.withResolvers<void>();
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      await arrival.promise;
      yield new Uint8Array(1);
    } finally {
      ended++;
    }
  }
  const reader = new ReadAhead(source(), 131_072);
  const taking = reader.take();
  const closing = reader.close();
  assert.equal(await taking, undefined);
  arrival.resolve();
  await closing;
  assert.equal(ended, 1);
});
