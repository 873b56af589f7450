import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { EngineError } from "../../errors.ts";
import { concat, inPieces, tarArchive } from "./_archive_fixture.ts";
import { decompress } from "./decompress.ts";
import { decompressByNode } from "./gzip.ts";
import { decompressByCommand } from "./zstd.ts";

const random = (length: number) =>
  concat(
    Array.from(
      { length: Math.ceil(length / 65536) },
      () => crypto.getRandomValues(new Uint8Array(65536)),
    ),
  ).subarray(0, length);
const content = concat([random(300_000), new Uint8Array(700_000), random(5)]);
const gzip = new Uint8Array(gzipSync(content));

async function zstd(bytes: Uint8Array, ...args: string[]): Promise<Uint8Array> {
  const child = new Deno.Command("zstd", { args: ["-q", ...args], stdin: "piped", stdout: "piped" })
    .spawn();
  const writing = ReadableStream.from([bytes]).pipeTo(child.stdin);
  const { stdout } = await child.output();
  await writing;
  return stdout;
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const piece of source) parts.push(new Uint8Array(piece)); // A copy; slice() of a Buffer is none.
  return concat(parts);
}

/** A source that may fail half-way, and counts how often it was ended. */
class WatchedSource {
  ended = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  async *pieces(fails: boolean): AsyncGenerator<Uint8Array> {
    try {
      yield* inPieces(this.#bytes.subarray(0, 200_000), 1000);
      if (fails) throw new Error("connection lost");
      yield* inPieces(this.#bytes.subarray(200_000), 1000);
    } finally {
      this.ended++;
    }
  }
}

function invalid(message: string): (error: unknown) => true {
  return (error) => {
    assert(error instanceof EngineError, String(error));
    assert.equal(error.kind, "invalid");
    assert.equal(error.message, message);
    return true;
  };
}

Deno.test("decompress() reads gzip, of one member or several, in pieces of any size", async () => {
  for (const size of [1, 3, 4096, 1_000_000]) {
    const some = size < 4096 ? new Uint8Array(gzipSync(content.subarray(0, 3000))) : gzip;
    const expected = size < 4096 ? content.subarray(0, 3000) : content;
    assert.deepEqual(await collect(decompress(inPieces(some, size))), expected);
  }
  assert.deepEqual(
    await collect(decompress(inPieces(concat([gzip, gzip]), 10_000))),
    concat([content, content]),
  );
});

Deno.test("decompress() takes zeros after a gzip member for padding, and ends there", async () => {
  const small = new Uint8Array(gzipSync(content.subarray(0, 3000)));
  for (const tail of [new Uint8Array(1), new Uint8Array(512), concat([new Uint8Array(5), small])]) {
    for (const size of [1, 1000, 10_000]) {
      const bytes = await collect(decompress(inPieces(concat([small, tail]), size)));
      assert.deepEqual(bytes, content.subarray(0, 3000));
    }
  }
});

Deno.test("decompressByNode() does as the library does", async () => {
  const twice = concat([gzip, gzip]);
  assert.deepEqual(
    await collect(decompressByNode(inPieces(twice, 10_000))),
    concat([content, content]),
  );
  const padded = concat([gzip, new Uint8Array(512)]);
  assert.deepEqual(await collect(decompressByNode(inPieces(padded, 10_000))), content);
  const cases: [Uint8Array, string][] = [
    [gzip.subarray(0, gzip.length - 1), "cut short"],
    [concat([gzip, new TextEncoder().encode("rubbish")]), "corrupt"],
  ];
  for (const [bytes, state] of cases) {
    const message = `Cannot decompress the layer: its gzip data is ${state}`;
    await assert.rejects(collect(decompressByNode(inPieces(bytes, 5000))), invalid(message));
  }
});

Deno.test("decompress() reads zstd: frames, blocks, checksums and frames to skip", async () => {
  const skippable = new Uint8Array([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const [one, unchecked, unsized] = await Promise.all([
    zstd(content),
    zstd(content.subarray(0, 1000), "--no-check"),
    zstd(content, "--no-content-size", "-19"),
  ]);
  const empty = await zstd(new Uint8Array());
  const stream = concat([skippable, one, empty, unchecked, skippable, unsized, skippable]);
  const expected = concat([content, content.subarray(0, 1000), content]);
  for (const size of [100, 65_536]) {
    assert.deepEqual(await collect(decompress(inPieces(stream, size))), expected);
  }
  const small = concat([skippable, empty, unchecked]);
  assert.deepEqual(await collect(decompress(inPieces(small, 1))), content.subarray(0, 1000));
  assert.deepEqual(await collect(decompressByCommand(inPieces(stream))), expected);
});

Deno.test("decompress() passes a plain archive on, whatever its media type says", async () => {
  const tar = tarArchive([{ name: "a", content: "abc" }]);
  for (const mediaType of ["", "application/vnd.oci.image.layer.v1.tar+gzip"]) {
    assert.deepEqual(await collect(decompress(inPieces(tar, 100), mediaType)), tar);
  }
  assert.deepEqual(await collect(decompress(inPieces(new Uint8Array()))), new Uint8Array());
});

Deno.test("decompress() refuses data that is cut short or corrupt", async () => {
  const zst = await zstd(content);
  const flipped = gzip.slice();
  flipped[gzip.length - 6]! ^= 1;
  const brokenZst = zst.slice();
  brokenZst[200_000]! ^= 1;
  const gzipShort = "Cannot decompress the layer: its gzip data is cut short";
  const gzipCorrupt = "Cannot decompress the layer: its gzip data is corrupt";
  const zstdShort = "Cannot decompress the layer: its zstd data is cut short";
  const zstdCorrupt = "Cannot decompress the layer: its zstd data is corrupt";
  const cases: [Uint8Array, string][] = [
    [gzip.subarray(0, 10), gzipShort],
    [gzip.subarray(0, 100_000), gzipShort],
    [gzip.subarray(0, gzip.length - 1), gzipShort],
    [concat([gzip, gzip.subarray(0, 1000)]), gzipShort],
    [flipped, gzipCorrupt],
    [concat([gzip, new TextEncoder().encode("rubbish")]), gzipCorrupt],
    [zst.subarray(0, 4), zstdShort],
    [zst.subarray(0, 100_000), zstdShort],
    [zst.subarray(0, zst.length - 1), zstdShort],
    [concat([zst, zst.subarray(0, 1000)]), zstdShort],
    [concat([zst, new TextEncoder().encode("rubbish")]), zstdCorrupt],
    [brokenZst, zstdCorrupt],
  ];
  for (const [bytes, message] of cases) {
    await assert.rejects(collect(decompress(inPieces(bytes, 5000))), invalid(message));
  }
  await assert.rejects(
    collect(decompressByCommand(inPieces(zst.subarray(0, 100_000)))),
    invalid(zstdCorrupt),
  );
});

Deno.test("decompress() refuses other compressions and contents", async () => {
  const cases: [number[], string, string][] = [
    [
      [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0],
      "",
      "it is compressed with xz, and only gzip and zstd are read",
    ],
    [[0x42, 0x5a, 0x68], "", "it is compressed with bzip2, and only gzip and zstd are read"],
    [[0x3c], "a/b+zstd", "its media type says zstd, but its content is not"],
    [
      [],
      "application/vnd.docker.image.rootfs.diff.tar.gzip",
      "its media type says gzip, but its content is not",
    ],
  ];
  for (const [bytes, mediaType, state] of cases) {
    await assert.rejects(
      collect(decompress(inPieces(new Uint8Array(bytes)), mediaType)),
      invalid(`Cannot decompress the layer: ${state}`),
    );
  }
});

Deno.test("decompress() passes the source's error on, and ends the source when left", async () => {
  const zst = await zstd(content);
  for (const whole of [gzip, zst]) {
    const source = new WatchedSource(whole);
    await assert.rejects(collect(decompress(source.pieces(true))), /^Error: connection lost$/);
    for await (const _ of decompress(source.pieces(false))) break;
    assert.equal(source.ended, 2);
  }
  const source = new WatchedSource(zst);
  await assert.rejects(
    collect(decompressByCommand(source.pieces(true))),
    /^Error: connection lost$/,
  );
  for await (const _ of decompressByCommand(source.pieces(false))) break;
  assert.equal(source.ended, 2);
});

Deno.test("decompressByCommand() says what to install", async () => {
  await assert.rejects(
    collect(decompressByCommand(inPieces(new Uint8Array()), "no-such-command")),
    {
      message:
        'Cannot decompress the layer: it is compressed with zstd; install the package "zstd"',
      kind: "unavailable",
    },
  );
});
