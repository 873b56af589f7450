import assert from "node:assert/strict";
import type { FixtureEntry } from "./_archive_fixture.ts";
import { isRoot, Workspace } from "./_workspace_fixture.ts";

const ignore = !isRoot;
const OPAQUE = { "trusted.overlay.opaque": "0x79" };

function test(name: string, run: (work: Workspace) => Promise<void>): void {
  Deno.test({
    name: `applyLayer() ${name}`,
    ignore,
    fn: async () => {
      await using work = new Workspace();
      await run(work);
    },
  });
}

test("notes whiteouts as overlay does", async (work) => {
  await work.apply([
    { name: "dir/", type: "5", modified: 5 },
    { name: "dir/.wh.gone" },
    { name: ".wh.é" },
    { name: "opaque/", type: "5", modified: 6 },
    { name: "opaque/.wh..wh..opq" },
    { name: "opaque/new", content: "new" },
    { name: ".wh..wh.plnk/1.2", content: "AUFS" },
    { name: "opaque/.wh..wh.aufs" },
  ]);
  assert.deepEqual(work.list(), {
    "dir": "d",
    "dir/gone": "c 0",
    "opaque": "d",
    "opaque/new": "f new",
    "é": "c 0",
  });
  assert.deepEqual(work.attributes("opaque"), OPAQUE);
  assert.deepEqual(work.attributes("dir"), {});
  assert.equal((await Deno.lstat(`${work.layer}/dir`)).mtime!.getTime(), 5000);
  assert.equal((await Deno.lstat(`${work.layer}/opaque`)).mtime!.getTime(), 6000);
});

test("never hides what the layer itself has, in either order", async (work) => {
  await work.apply([
    { name: "file", content: "file" },
    { name: ".wh.file" },
    { name: ".wh.later" },
    { name: "later", content: "later" },
    { name: "dir/in", content: "in" },
    { name: ".wh.dir" },
    { name: ".wh.newdir" },
    { name: "newdir", type: "5" },
    { name: ".wh.implied" },
    { name: "implied/in", content: "in" },
    { name: ".wh.twice" },
    { name: ".wh.twice" },
  ]);
  assert.deepEqual(work.list(), {
    "dir": "d",
    "dir/in": "f in",
    "file": "f file",
    "implied": "d",
    "implied/in": "f in",
    "later": "f later",
    "newdir": "d",
    "twice": "c 0",
  });
  // What the layers below have in them is hidden all the same.
  for (const path of ["dir", "newdir", "implied"]) {
    assert.deepEqual(work.attributes(path), OPAQUE, path);
  }
});

const LOWER: FixtureEntry[] = [
  { name: "file", content: "lower" },
  { name: "other", content: "lower" },
  { name: "dir/", type: "5", modified: 7 },
  { name: "dir/a", content: "lower" },
  { name: "dir/sub/b", content: "lower" },
  { name: "dir/sub/c", content: "lower" },
  { name: "link", type: "2", linkName: "dir" },
];

test("removes what is hidden, where that is asked for", async (work) => {
  await work.apply(LOWER, { whiteouts: "remove" });
  await work.apply([
    { name: ".wh.file" },
    { name: "dir/.wh.sub" },
    { name: ".wh.link" },
    { name: ".wh.absent" },
    { name: "dir/new", content: "upper" },
  ], { whiteouts: "remove" });
  assert.deepEqual(work.list(), {
    "dir": "d",
    "dir/a": "f lower",
    "dir/new": "f upper",
    "other": "f lower",
  });
  assert.equal((await Deno.lstat(`${work.layer}/dir`)).mtime!.getTime(), 7000);
});

test("removes only what lower layers brought, in either order", async (work) => {
  await work.apply(LOWER, { whiteouts: "remove" });
  await work.apply([
    { name: "dir/sub/c", content: "upper" },
    { name: "dir/sub/e/f", content: "upper" },
    { name: "dir/.wh..wh..opq" },
    { name: "dir/d", content: "upper" },
    { name: "other", content: "upper" },
    { name: ".wh.other" },
    { name: ".wh.file" },
    { name: "file", content: "upper" },
  ], { whiteouts: "remove" });
  assert.deepEqual(work.list(), {
    "dir": "d",
    "dir/d": "f upper",
    "dir/sub": "d",
    "dir/sub/c": "f upper",
    "dir/sub/e": "d",
    "dir/sub/e/f": "f upper",
    "file": "f upper",
    "link": "-> dir",
    "other": "f upper",
  });
});

test("goes on in a directory after what was kept open of it is removed", async (work) => {
  await work.apply([
    { name: "dir/sub/a", content: "lower" },
  ], { whiteouts: "remove" });
  await work.apply([
    { name: "dir/.wh.sub" },
    { name: "dir/sub/b", content: "upper" },
    { name: ".wh.dir" },
    { name: "dir/sub/c", content: "upper" },
  ], { whiteouts: "remove" });
  assert.deepEqual(work.list(), {
    "dir": "d",
    "dir/sub": "d",
    "dir/sub/b": "f upper",
    "dir/sub/c": "f upper",
  });
});
