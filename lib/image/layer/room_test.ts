import assert from "node:assert/strict";
import { FixtureMount } from "../../state/_mount_fixture.ts";
import { keepRoom, roomForLayer } from "./room.ts";

Deno.test("roomForLayer() leaves some of what is free", { ignore: Deno.uid() !== 0 }, async () => {
  await using mount = new FixtureMount("tmpfs", "size=1m,nr_inodes=100");
  const { directory } = mount;
  const { maxBytes, maxEntries } = roomForLayer(directory);
  assert.equal(maxBytes, Math.floor((1 << 20) * 0.95));
  assert.ok(maxEntries > 80 && maxEntries < 96, `${maxEntries}`);
});

Deno.test("roomForLayer() sets no limit where the file system does not say how large it is", {
  ignore: Deno.uid() !== 0,
}, async () => {
  await using mount = new FixtureMount("ramfs", "mode=700");
  const { directory } = mount;
  assert.deepEqual(roomForLayer(directory), { maxBytes: Infinity, maxEntries: Infinity });
});

async function* pieces(count: number, beforeEach: (piece: number) => void) {
  for (let piece = 0; piece < count; piece++) {
    beforeEach(piece);
    yield new Uint8Array(1 << 20);
  }
}

async function lengthOf(source: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const piece of source) length += piece.length;
  return length;
}

Deno.test("keepRoom() ends an archive if others take the room meanwhile", {
  ignore: Deno.uid() !== 0,
}, async () => {
  await using mount = new FixtureMount("tmpfs", "size=8m,nr_inodes=100");
  const { directory } = mount;
  const fill = (piece: number) => {
    if (piece === 10) {
      Deno.writeFileSync(`${directory}/other`, new Uint8Array((8 << 20) - 65_536));
    }
  };
  assert.equal(await lengthOf(keepRoom(pieces(9, fill), directory)), 9 << 20);
  await assert.rejects(lengthOf(keepRoom(pieces(20, fill), directory)), {
    kind: "system",
    message: /only \d+ bytes are left; free some with: tsd system prune/,
  });
});

Deno.test("keepRoom() ends an archive of more names than there is room for", {
  ignore: Deno.uid() !== 0,
}, async () => {
  await using mount = new FixtureMount("tmpfs", "size=8m,nr_inodes=100");
  const { directory } = mount;
  const create = (piece: number) => {
    for (let file = 0; file < 8; file++) {
      Deno.writeTextFileSync(`${directory}/${piece}-${file}`, "");
    }
  };
  await assert.rejects(lengthOf(keepRoom(pieces(12, create), directory)), {
    message: /only \d inodes are left/,
  });
});

Deno.test("keepRoom() lets all pass where the file system does not say how large it is", {
  ignore: Deno.uid() !== 0,
}, async () => {
  await using mount = new FixtureMount("ramfs", "mode=700");
  const { directory } = mount;
  assert.equal(await lengthOf(keepRoom(pieces(9, () => {}), directory)), 9 << 20);
});
