import assert from "node:assert/strict";
import { parseTmpfs, type TmpfsMount } from "./tmpfs.ts";

const MOUNTS: [text: string, mount: TmpfsMount][] = [
  ["/run", { target: "/run", options: [] }],
  ["/run:", { target: "/run", options: [] }],
  ["/a//b/../c/", { target: "/a/c", options: [] }],
  ["/run:size=64m,mode=1777", { target: "/run", options: ["size=64m", "mode=1777"] }],
  ["/run:rw,noexec,,nosuid", { target: "/run", options: ["rw", "noexec", "nosuid"] }],
  ["/run:size=50%,uid=0,gid=5", { target: "/run", options: ["size=50%", "uid=0", "gid=5"] }],
  ["/run:mpol=bind:0", { target: "/run", options: ["mpol=bind:0"] }],
];

Deno.test("parseTmpfs() reads target and options", () => {
  for (const [text, mount] of MOUNTS) assert.deepEqual(parseTmpfs(text), mount);
});

const WRONG: [text: string, message: string][] = [
  ["", 'Cannot mount a tmpfs on "": mount path must be absolute'],
  ["run", 'Cannot mount a tmpfs on "run": mount path must be absolute'],
  [":size=1m", 'Cannot mount a tmpfs on "": mount path must be absolute'],
  ["/", `Cannot mount a tmpfs on "/": destination can't be '/'`],
  ["/a/..:ro", `Cannot mount a tmpfs on "/a/..": destination can't be '/'`],
  ["/run:bogus", 'Cannot mount a tmpfs on "/run": invalid tmpfs option "bogus"'],
  ["/run:size=", 'Cannot mount a tmpfs on "/run": invalid tmpfs option "size="'],
  ["/run:size=1x", 'Cannot mount a tmpfs on "/run": invalid tmpfs option "size=1x"'],
  ["/run:mode=888", 'Cannot mount a tmpfs on "/run": invalid tmpfs option "mode=888"'],
  ["/run:ro,uid=root", 'Cannot mount a tmpfs on "/run": invalid tmpfs option "uid=root"'],
];

for (const [text, message] of WRONG) {
  Deno.test(`parseTmpfs() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseTmpfs(text), { name: "EngineError", kind: "invalid", message });
  });
}
