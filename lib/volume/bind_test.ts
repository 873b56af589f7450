import assert from "node:assert/strict";
import { type BindMount, checkBindSource, cleanPath, parseBind } from "./bind.ts";

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

const BINDS: [text: string, mount: BindMount][] = [
  ["/a:/b", { source: "/a", target: "/b", readonly: false }],
  ["/a:/b:ro", { source: "/a", target: "/b", readonly: true }],
  ["/a:/b:rw", { source: "/a", target: "/b", readonly: false }],
  ["/a:/b:", { source: "/a", target: "/b", readonly: false }],
  ["/a:/b:ro,z", { source: "/a", target: "/b", readonly: true }],
  ["/a:/b:Z,rprivate,cached,ro", { source: "/a", target: "/b", readonly: true }],
  ["/a b/ü:/c/../d/", { source: "/a b/ü", target: "/d", readonly: false }],
  ["/:/host", { source: "/", target: "/host", readonly: false }],
];

Deno.test("parseBind() reads source, target and options", () => {
  for (const [text, mount] of BINDS) assert.deepEqual(parseBind(text), mount);
});

const FORM = "it must be HOST:CONTAINER or HOST:CONTAINER:OPTIONS";
const WRONG: [text: string, reason: string][] = [
  ["", FORM],
  ["/a", FORM],
  ["/a:", FORM],
  [":/a", FORM],
  ["/a:/b:ro:x", FORM],
  ["a:/b", 'the host path "a" is not absolute, use "$(realpath a)" in its place'],
  ["./a:/b", 'the host path "./a" is not absolute, use "$(realpath ./a)" in its place'],
  ["/a:b", 'mount path must be absolute: "b"'],
  ["/a:/", "destination can't be '/'"],
  ["/a:/b/..", "destination can't be '/'"],
  ["/a:/b:readonly", "invalid mode: readonly"],
  ["/a:/b:ro,RO", "invalid mode: RO"],
];

for (const [text, reason] of WRONG) {
  Deno.test(`parseBind() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseBind(text), {
      name: "EngineError",
      kind: "invalid",
      message: `Cannot mount "${text}": ${reason}`,
    });
  });
}

Deno.test("checkBindSource() wants the source to exist, of whatever type", async () => {
  const folder = await Deno.makeTempDir();
  const mount = (name: string) => ({ source: `${folder}/${name}`, target: "/x", readonly: false });
  await Deno.writeTextFile(`${folder}/file`, "");
  await Deno.symlink("file", `${folder}/link`);
  await Deno.symlink("missing", `${folder}/dangling`);
  for (const name of ["", "file", "link"]) checkBindSource(mount(name));
  for (const name of ["missing", "dangling"]) {
    assert.throws(() => checkBindSource(mount(name)), {
      kind: "invalid",
      message:
        `Cannot mount "${folder}/${name}": bind source path does not exist: ${folder}/${name}`,
    });
  }
  await Deno.remove(folder, { recursive: true });
});
