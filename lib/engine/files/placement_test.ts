import assert from "node:assert/strict";
import { type CopyTarget, parseCopyPath, placeCopy } from "./placement.ts";

const PATHS: [path: string, parts: string][] = [
  ["/a/b", "/a/b in /a as b"],
  ["a/b", "/base/a/b in /base/a as b"],
  ["/a/b/", "/a/b in /a as b directory"],
  ["/a/b/.", "/a/b in /a as b directory content"],
  ["/a/../b", "/b in / as b"],
  ["/a/..", "/ in / as  directory"],
  ["/", "/ in / as  directory"],
  [".", "/base in / as base directory content"],
  ["..", "/ in / as  directory"],
  ["./x", "/base/x in /base as x"],
];

Deno.test("parseCopyPath() takes paths apart by their text", () => {
  for (const [path, expected] of PATHS) {
    const { clean, directory, isContent, isDirectory, name } = parseCopyPath(path, "/base");
    const found = `${clean} in ${directory} as ${name}` +
      (isDirectory ? " directory" : "") + (isContent ? " content" : "");
    assert.equal(found, expected, path);
  }
});

const file = { isDirectory: false, name: "f" };
const folder = { isDirectory: true, name: "d" };
const content = { isDirectory: true, name: "." };
const target = (found: CopyTarget["found"], isDirectory = false): CopyTarget => ({
  found,
  name: "t",
  isDirectory,
});

Deno.test("placeCopy() puts things where docker cp does", () => {
  assert.deepEqual(placeCopy(file, target("directory")), { into: "target", as: "f" });
  assert.deepEqual(placeCopy(folder, target("directory")), { into: "target", as: "d" });
  assert.deepEqual(placeCopy(content, target("directory")), { into: "target", as: "." });
  assert.deepEqual(placeCopy(file, target("file")), { into: "parent", as: "t" });
  assert.deepEqual(placeCopy(file, target("nothing")), { into: "parent", as: "t" });
  assert.deepEqual(placeCopy(folder, target("nothing")), { into: "parent", as: "t" });
  assert.deepEqual(placeCopy(folder, target("nothing", true)), { into: "parent", as: "t" });
  assert.deepEqual(placeCopy(content, target("nothing")), { into: "parent", as: "t" });
});

Deno.test("placeCopy() refuses what cannot be", () => {
  for (const source of [folder, content]) {
    assert.throws(() => placeCopy(source, target("file")), { message: "cannot copy directory" });
  }
  for (const found of ["nothing", "file"] as const) {
    assert.throws(() => placeCopy(file, target(found, true)), { message: "no such directory" });
  }
});
