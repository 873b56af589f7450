import assert from "node:assert/strict";
import { EngineError } from "../../errors.ts";
import { concat, inPieces, tarArchive } from "./_archive_fixture.ts";
import { type TarEntry, TarReader } from "./tar_reader.ts";

async function readAll(
  archive: Uint8Array,
  size?: number,
): Promise<{ entry: TarEntry; content: string }[]> {
  const reader = new TarReader(inPieces(archive, size));
  const all = [];
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    const parts: Uint8Array[] = [];
    for (let piece = await reader.read(); piece !== undefined; piece = await reader.read()) {
      parts.push(piece.slice());
    }
    all.push({ entry, content: new TextDecoder().decode(concat(parts)) });
  }
  return all;
}

Deno.test("TarReader reads the same from pieces of any size", async () => {
  const archive = tarArchive([
    { name: "a", content: "x".repeat(1500) },
    { name: "empty" },
    { name: "b", content: "y".repeat(512), pax: { path: "long/".repeat(40) } },
    { name: "c", content: "z" },
  ]);
  for (const size of [1, 7, 511, 512, 513, 100_000]) {
    const entries = await readAll(archive, size);
    assert.deepEqual(
      entries.map(({ entry, content }) => [entry.name, content]),
      [["a", "x".repeat(1500)], ["empty", ""], ["long/".repeat(40), "y".repeat(512)], ["c", "z"]],
    );
  }
});

Deno.test("TarReader passes over content nobody reads", async () => {
  const reader = new TarReader(inPieces(tarArchive([
    { name: "a", content: "x".repeat(5000) },
    { name: "b", content: "y" },
  ])));
  await reader.next();
  await reader.read();
  assert.equal((await reader.next())?.name, "b");
  assert.equal(await reader.next(), undefined);
});

Deno.test("TarReader applies GNU long names, and pax records before them", async () => {
  const long = "n".repeat(300);
  const entries = await readAll(tarArchive([
    { name: "././@LongLink", type: "L", content: `${long}\0` },
    { name: "././@LongLink", type: "K", content: `${long}/target\0` },
    { name: "short", type: "2", linkName: "short" },
    { name: "././@LongLink", type: "L", content: `${long}\0` },
    {
      name: "short",
      pax: { path: "from-pax", uid: "3000000", gid: "4000000", size: "3" },
      content: "abc",
    },
    { name: "plain", pax: { path: "" } },
  ]));
  assert.deepEqual(entries.map(({ entry }) => entry.name), [long, "from-pax", "plain"]);
  assert.equal(entries[0]!.entry.linkName, `${long}/target`);
  assert.deepEqual([entries[1]!.entry.uid, entries[1]!.entry.gid], [3_000_000, 4_000_000]);
});

Deno.test("TarReader ignores the size of entries without content, as nothing follows them", async () => {
  const entries = await readAll(tarArchive([
    { name: "d/", type: "5", size: 4096 },
    { name: "l", type: "1", linkName: "x", size: 100 },
    { name: "f", content: "abc" },
  ]));
  assert.deepEqual(entries.map(({ entry }) => entry.size), [0, 0, 3]);
});

Deno.test("TarReader ends at the source's end or at two zero blocks, and reads to the last byte", async () => {
  assert.equal((await readAll(tarArchive([{ name: "a" }], { unended: true }))).length, 1);
  assert.equal((await readAll(new Uint8Array())).length, 0);
  let seen = 0;
  async function* counted() {
    for await (const piece of inPieces(concat([tarArchive([]), new Uint8Array(9000).fill(1)]))) {
      seen += piece.length;
      yield piece;
    }
  }
  assert.equal(await new TarReader(counted()).next(), undefined);
  assert.equal(seen, 10_024);
});

Deno.test("TarReader refuses archives that are cut short, corrupt or greedy", async () => {
  const archive = tarArchive([{ name: "a", content: "x".repeat(1000) }], { unended: true });
  const cases: [string, Uint8Array, RegExp][] = [
    ["in a header", archive.subarray(0, 100), /it is cut short/],
    ["in content", archive.subarray(0, 1000), /it is cut short/],
    ["in padding", archive.subarray(0, 512 + 1000), /it is cut short/],
    ["lone zero block", concat([new Uint8Array(512), archive]), /a block of zeros, then goes on/],
    [
      "an extended header of 2 GiB",
      tarArchive([{ name: "x", type: "x", size: 2 ** 31 }]),
      /an extended header has 2147483648 bytes, more than the 1048576 allowed/,
    ],
    ["text", new TextEncoder().encode("<html>".repeat(200)), /it is corrupt or no tar/],
  ];
  for (const [name, bytes, message] of cases) {
    await assert.rejects(readAll(bytes), (error) => {
      assert(error instanceof EngineError, name);
      assert.equal(error.kind, "invalid");
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("TarReader gives up on content cut short while it is read", async () => {
  const archive = tarArchive([{ name: "a", content: "x".repeat(1000) }]).subarray(0, 700);
  const reader = new TarReader(inPieces(archive, 600));
  await reader.next();
  await reader.read();
  await reader.read();
  await assert.rejects(reader.read(), /it is cut short/);
});
