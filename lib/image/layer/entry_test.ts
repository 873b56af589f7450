import assert from "node:assert/strict";
import { EngineError } from "../../errors.ts";
import { type FixtureEntry, inPieces, tarArchive } from "./_archive_fixture.ts";
import { type LayerEntry, parseEntry } from "./entry.ts";
import { TarReader } from "./tar_reader.ts";

async function parse(entry: FixtureEntry): Promise<LayerEntry | undefined> {
  return parseEntry((await new TarReader(inPieces(tarArchive([entry]))).next())!);
}

Deno.test("parseEntry() cleans paths", async () => {
  const cases: [string, string][] = [
    ["./usr//bin/./sh", "usr/bin/sh"],
    ["/etc/passwd", "etc/passwd"],
    ["a/../b", "b"],
    ["/../../etc/passwd", "etc/passwd"],
  ];
  for (const [name, path] of cases) assert.equal((await parse({ name }))?.path, path, name);
  assert.deepEqual((await parse({ name: "./", type: "5" }))?.path, "");
});

Deno.test("parseEntry() knows every type", async () => {
  const cases: [FixtureEntry, Partial<LayerEntry>][] = [
    [{ name: "f", content: "abc" }, { kind: "file", size: 3 }],
    [{ name: "f", type: "\0" }, { kind: "file" }],
    [{ name: "f", type: "7" }, { kind: "file" }],
    [{ name: "d/", type: "5" }, { kind: "directory", path: "d" }],
    [{ name: "d/" }, { kind: "directory", path: "d" }],
    [{ name: "l", type: "1", linkName: "./a/b" }, { kind: "hardlink", target: "a/b" }],
    [{ name: "l", type: "2", linkName: "../../x" }, { kind: "symlink", target: "../../x" }],
    [{ name: "c", type: "3", device: [1, 3] }, { type: "character", major: 1, minor: 3 }],
    [{ name: "b", type: "4", device: [8, 17] }, { type: "block", major: 8, minor: 17 }],
    [{ name: "p", type: "6" }, { kind: "fifo" }],
    [{ name: "a/.wh.b" }, { kind: "whiteout", path: "a/b" }],
    [{ name: ".wh.b", type: "5" }, { kind: "whiteout", path: "b" }],
    [{ name: "a/.wh..wh..opq" }, { kind: "opaque", path: "a" }],
  ];
  for (const [entry, expected] of cases) {
    const parsed = await parse(entry);
    assert.deepEqual({ ...parsed, ...expected }, parsed, JSON.stringify(entry));
  }
});

Deno.test("parseEntry() passes over AUFS's own files", async () => {
  for (const name of [".wh..wh.plnk", ".wh..wh.plnk/12.34", "a/.wh..wh.aufs"]) {
    assert.equal(await parse({ name }), undefined);
  }
});

Deno.test("parseEntry() keeps names that are not UTF-8", async () => {
  assert.equal((await parse({ name: new Uint8Array([0x61, 0xe9, 0x80]) }))?.path, "a\xe9\x80");
});

Deno.test("parseEntry() reads attributes of both encodings, and none that images may not bring", async () => {
  const parsed = await parse({
    name: "f",
    pax: {
      "SCHILY.xattr.user.a": new Uint8Array([0x80, 0]),
      "LIBARCHIVE.xattr.user.b%3Dc": "3q2+7w",
      "LIBARCHIVE.xattr.user.a": "AAAA",
      "SCHILY.xattr.trusted.overlay.opaque": "y",
      "SCHILY.xattr.trusted.overlay.redirect": "/etc",
      "SCHILY.xattr.user.overlay.whiteout": "y",
      "SCHILY.xattr.security.selinux": "system_u:object_r:etc_t:s0",
    },
  });
  assert.equal(parsed?.kind, "file");
  assert.deepEqual(parsed.metadata.attributes, [
    { name: "user.a", value: new Uint8Array([0x80, 0]) },
    { name: "user.b=c", value: new Uint8Array([0xde, 0xad, 0xbe, 0xef]) },
  ]);
});

Deno.test("parseEntry() refuses what cannot be or leaves the layer", async () => {
  const cases: [FixtureEntry, string][] = [
    [{ name: "../a" }, 'Cannot unpack "../a": the path "../a" leaves the layer'],
    [{ name: "a/../../b" }, 'Cannot unpack "a/../../b": the path "a/../../b" leaves the layer'],
    [{ name: "" }, 'Cannot unpack "": its name is empty'],
    [{ name: "x", pax: { path: "a\0b" } }, 'Cannot unpack "a\0b": its name holds NUL'],
    [
      { name: "./", type: "2", linkName: "x" },
      'Cannot unpack "./": only a directory can be the root',
    ],
    [
      { name: "l", type: "1", linkName: "../etc/passwd" },
      'Cannot unpack "l": the path "../etc/passwd" leaves the layer',
    ],
    [
      { name: "l", type: "1", linkName: "./l" },
      'Cannot unpack "l": it is a hard link to nothing else',
    ],
    [{ name: ".wh." }, 'Cannot unpack ".wh.": a whiteout must name a file'],
    [{ name: ".wh.." }, 'Cannot unpack ".wh..": a whiteout must name a file'],
    [{ name: "a/.wh..." }, 'Cannot unpack "a/.wh...": a whiteout must name a file'],
    [
      { name: ".wh.a/b" },
      'Cannot unpack ".wh.a/b": it is inside of a whiteout, which is no directory',
    ],
    [
      { name: "x", pax: { path: `a/${"n".repeat(256)}` } },
      `Cannot unpack "a/${"n".repeat(256)}": a name in it is longer than 255 bytes`,
    ],
    [
      { name: "x", pax: { path: "aaaa/".repeat(1000) } },
      `Cannot unpack "${"aaaa/".repeat(1000)}": it is longer than 4095 bytes`,
    ],
    [
      { name: "l", type: "2" },
      'Cannot unpack "l": its link\'s text is empty, too long or holds NUL',
    ],
    [
      { name: "c", type: "3", device: [4096, 0] },
      'Cannot unpack "c": there can be no device 4096:0',
    ],
    [
      { name: "f", pax: { uid: "4294967295" } },
      'Cannot unpack "f": there can be no owner 4294967295:0',
    ],
    [{ name: "f", type: "V" }, 'Cannot unpack "f": its type "V" is unknown'],
  ];
  for (const [entry, message] of cases) {
    await assert.rejects(parse(entry), (error) => {
      assert(error instanceof EngineError);
      assert.equal(error.kind, "invalid");
      assert.equal(error.message, message);
      return true;
    });
  }
});
