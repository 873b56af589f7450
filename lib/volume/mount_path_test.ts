import assert from "node:assert/strict";
import { cleanPath, targetProblem } from "./mount_path.ts";

const PATHS: [path: string, clean: string][] = [
  ["/", "/"],
  ["//", "/"],
  ["/a", "/a"],
  ["/a/", "/a"],
  ["//a///b/.", "/a/b"],
  ["/a/../b", "/b"],
  ["/a/b/../../..", "/"],
  ["/../../etc", "/etc"],
  ["/a/..b/...", "/a/..b/..."],
];

Deno.test("cleanPath() resolves dots and slashes", () => {
  for (const [path, clean] of PATHS) assert.equal(cleanPath(path), clean, path);
});

Deno.test("targetProblem() wants an absolute path other than the root", () => {
  assert.equal(targetProblem("/a/b/"), undefined);
  assert.equal(targetProblem("a"), "invalid mount path: 'a' mount path must be absolute");
  for (const root of ["/", "//", "/a/.."]) {
    assert.equal(targetProblem(root), "invalid specification: destination can't be '/'");
  }
});
