import assert from "node:assert/strict";
import { inPieces } from "./_archive_fixture.ts";
import { decodeAhead, type Decoder, type DecoderStep } from "./decode_ahead.ts";

/** Copies its input, when it is let; tells what happens to it. */
class CopyingDecoder implements Decoder {
  isComplete = true;
  calls = 0;
  pending = 0;
  disposedWhile: number | undefined;
  readonly #let: () => Promise<void>;

  constructor(let_: () => Promise<void> = () => Promise.resolve()) {
    this.#let = let_;
  }

  async decode(input: Uint8Array, output: Uint8Array): Promise<DecoderStep> {
    this.calls++;
    this.pending++;
    await this.#let();
    const length = Math.min(input.length, output.length);
    output.set(input.subarray(0, length));
    this.pending--;
    return { consumed: length, produced: length };
  }

  [Symbol.dispose](): void {
    assert.equal(this.disposedWhile, undefined, "disposed twice");
    this.disposedWhile = this.pending;
  }
}

const nextTurn = () => new Promise<void>((resolve) => setTimeout(resolve));

/** Never ends; counts what was asked for. */
class EndlessSource {
  bytes = 0;
  ended = 0;

  async *pieces(): AsyncGenerator<Uint8Array> {
    try {
      while (true) {
        await nextTurn();
        this.bytes += 65_536;
        yield new Uint8Array(65_536).fill(this.bytes / 65_536);
      }
    } finally {
      this.ended++;
    }
  }
}

Deno.test("decodeAhead() gives all bytes in order", async () => {
  const bytes = new Uint8Array(2_000_003).map((_, at) => at * 31 >> 3);
  const decoder = new CopyingDecoder();
  const whole = new Uint8Array(bytes.length);
  let length = 0;
  const options = { name: "test", pieceSize: 100_000 };
  for await (const piece of decodeAhead(inPieces(bytes, 70_001), decoder, options)) {
    assert(piece.length <= 100_000);
    whole.set(piece, length);
    length += piece.length;
  }
  assert.deepEqual(whole, bytes);
  assert.equal(decoder.disposedWhile, 0);
});

Deno.test("decodeAhead() decodes the next piece while one is in use, and no more", async () => {
  const source = new EndlessSource();
  const decoder = new CopyingDecoder();
  for await (const piece of decodeAhead(source.pieces(), decoder, { name: "test" })) {
    const copy = piece.slice();
    let calls: number;
    let bytes: number;
    do {
      [calls, bytes] = [decoder.calls, source.bytes];
      for (let turn = 0; turn < 20; turn++) await nextTurn();
    } while (decoder.calls > calls || source.bytes > bytes);
    // Two pieces, two buffers of input, and the piece the source waits with.
    assert(bytes > copy.length, "nothing was decoded ahead");
    assert(bytes <= 2 * copy.length + 2 * 131_072 + 65_536, `${bytes} bytes were read`);
    assert.deepEqual(piece, copy);
    break;
  }
  assert.equal(source.ended, 1);
});

Deno.test("decodeAhead() frees nothing that another thread still uses", async () => {
  for (const leave of ["break", "throw"]) {
    const source = new EndlessSource();
    let isSlow = false;
    const decoder = new CopyingDecoder(async () => {
      for (let turn = 0; isSlow && turn < 20; turn++) await nextTurn();
    });
    const consume = async () => {
      for await (const _ of decodeAhead(source.pieces(), decoder, { name: "test" })) {
        isSlow = true;
        while (decoder.pending === 0) await nextTurn();
        if (leave === "break") break;
        throw new Error("enough");
      }
    };
    if (leave === "break") await consume();
    else await assert.rejects(consume(), { message: "enough" });
    assert.equal(decoder.disposedWhile, 0);
    assert.equal(source.ended, 1);
  }
});

Deno.test("decodeAhead() passes the source's error on after what came before it", async () => {
  async function* source(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(300_000);
    await nextTurn();
    throw new Error("connection lost");
  }
  const decoder = new CopyingDecoder();
  let length = 0;
  await assert.rejects(async () => {
    for await (const piece of decodeAhead(source(), decoder, { name: "test" })) {
      length += piece.length;
    }
  }, { message: "connection lost" });
  assert.equal(length, 262_144);
  assert.equal(decoder.disposedWhile, 0);
});

Deno.test("decodeAhead() tells data that is cut short from data that is corrupt", async () => {
  const incomplete = new CopyingDecoder();
  incomplete.isComplete = false;
  const failing = new CopyingDecoder(() => Promise.reject(new Error("bad block")));
  const cases = [[incomplete, "cut short"], [failing, "corrupt"]] as const;
  for (const [decoder, state] of cases) {
    await assert.rejects(async () => {
      for await (const _ of decodeAhead(inPieces(new Uint8Array(10)), decoder, { name: "test" }));
    }, { kind: "invalid", message: `Cannot decompress the layer: its test data is ${state}` });
    assert.equal(decoder.disposedWhile !== undefined, true);
  }
});
