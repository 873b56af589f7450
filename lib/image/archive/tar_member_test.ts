import assert from "node:assert/strict";
import { concat, inPieces } from "../layer/_archive_fixture.ts";
import { parseEntry } from "../layer/entry.ts";
import { type TarEntry, TarReader } from "../layer/tar_reader.ts";
import { encodeMember, MemberType, type TarMember } from "./tar_member.ts";

const PLAIN: TarMember = {
  type: MemberType.FILE,
  path: "a/file",
  mode: 0o644,
  modified: { seconds: 1_700_000_000, nanoseconds: 0 },
};

async function readBack(member: TarMember): Promise<TarEntry> {
  const reader = new TarReader(inPieces(concat([encodeMember(member), new Uint8Array(1024)])));
  const entry = await reader.next();
  assert(entry);
  return entry;
}

Deno.test("encodeMember() needs one block for a plain file", async () => {
  assert.equal(encodeMember(PLAIN).length, 512);
  const entry = await readBack(PLAIN);
  assert.deepEqual([entry.name, entry.type, entry.mode, entry.modified, entry.pax.size], [
    "a/file",
    "0",
    0o644,
    1_700_000_000,
    0,
  ]);
});

const long = (length: number) => "d".repeat(length);

for (
  const path of [
    long(100),
    `${long(99)}/`,
    `${long(100)}/${long(100)}`,
    `${long(155)}/${long(99)}/`,
    `${long(155)}/${long(100)}`,
    `${long(156)}/${long(100)}`,
    `${long(155)}/${long(101)}`,
    `/${long(101)}`,
    long(255),
    `${long(120)}/`,
    "na\xc3\xafve",
    "not utf-8 \xff\xfe",
    `${`${long(200)}/`.repeat(20)}end`,
    "new\nline = and \x01",
  ]
) {
  Deno.test(`encodeMember() keeps the path ${JSON.stringify(path.slice(0, 20))} of ${path.length}`, async () => {
    assert.equal((await readBack({ ...PLAIN, path })).name, path);
  });
}

for (const target of ["x", long(100), long(101), long(4095), "\xff", "../ü"]) {
  Deno.test(`encodeMember() keeps a link's text of ${target.length}`, async () => {
    const entry = await readBack({ ...PLAIN, type: MemberType.SYMLINK, target });
    assert.equal(entry.linkName, target);
  });
}

for (
  const modified of [
    { seconds: 0, nanoseconds: 0 },
    { seconds: 1, nanoseconds: 500_000_000 },
    { seconds: 1_700_000_000, nanoseconds: 123_456_789 },
    { seconds: 1_700_000_000, nanoseconds: 1 },
    { seconds: -1, nanoseconds: 0 },
    { seconds: -2, nanoseconds: 750_000_000 },
    { seconds: -1, nanoseconds: 999_999_999 },
    { seconds: 0o77777777777, nanoseconds: 0 },
    { seconds: 0o77777777777 + 1, nanoseconds: 5 },
  ]
) {
  Deno.test(`encodeMember() keeps the time ${JSON.stringify(modified)}`, async () => {
    const entry = parseEntry(await readBack({ ...PLAIN, modified }));
    assert(entry?.kind === "file");
    assert.deepEqual(entry.metadata.modified, modified);
  });
}

for (const id of [0, 0o7777777, 0o7777777 + 1, 0xfffffffe]) {
  Deno.test(`encodeMember() keeps the owner ${id}`, async () => {
    const { uid, gid } = await readBack({ ...PLAIN, uid: id, gid: id });
    assert.deepEqual({ uid, gid }, { uid: id, gid: id });
  });
}

for (const size of [0o77777777777, 0o77777777777 + 1, 2 ** 45]) {
  Deno.test(`encodeMember() keeps the size ${size}`, async () => {
    assert.equal((await readBack({ ...PLAIN, size })).size, size);
  });
}

Deno.test("encodeMember() keeps attributes, whatever is in them", async () => {
  const attributes = [
    { name: "security.capability", value: new Uint8Array([1, 0, 0, 2, 0x80, 0, 0, 0]) },
    { name: "user.empty", value: new Uint8Array() },
    { name: "user.odd=name%", value: new Uint8Array([0, 0xff]) },
    ...Array.from({ length: 120 }, (_, size) => ({
      name: `user.s${String(size).padStart(3, "0")}`,
      value: new Uint8Array(size).fill(10),
    })),
  ];
  const entry = parseEntry(await readBack({ ...PLAIN, attributes }));
  assert(entry?.kind === "file");
  const sorted = entry.metadata.attributes.toSorted((a, b) => a.name < b.name ? -1 : 1);
  assert.deepEqual(sorted, attributes);
});

Deno.test("encodeMember() keeps a device's numbers", async () => {
  const { deviceMajor, deviceMinor } = await readBack({
    ...PLAIN,
    type: MemberType.BLOCK,
    deviceMajor: 0xfff,
    deviceMinor: 0xfffff,
  });
  assert.deepEqual([deviceMajor, deviceMinor], [0xfff, 0xfffff]);
});
