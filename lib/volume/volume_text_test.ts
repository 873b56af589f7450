import assert from "node:assert/strict";
import type { BindMount } from "./bind.ts";
import type { VolumeRequest } from "./volume_mount.ts";
import { parseVolumesFrom, parseVolumeText } from "./volume_text.ts";

const BINDS: [text: string, bind: BindMount][] = [
  ["/a:/b", { source: "/a", target: "/b", readonly: false }],
  ["/a:/b:ro", { source: "/a", target: "/b", readonly: true, mode: "ro" }],
  ["/a:/b:rw", { source: "/a", target: "/b", readonly: false, mode: "rw" }],
  ["/a:/b:ro,z", { source: "/a", target: "/b", readonly: true, mode: "ro,z" }],
  ["/a:/b:Z,rslave,cached", {
    source: "/a",
    target: "/b",
    readonly: false,
    mode: "Z,rslave,cached",
    propagation: "rslave",
  }],
  ["/a b/ü:/c/../d/", { source: "/a b/ü", target: "/d", readonly: false }],
  ["/:/host", { source: "/", target: "/host", readonly: false }],
  ["./x/../y:/z", { source: `${Deno.cwd()}/y`, target: "/z", readonly: false }],
  [".:/z", { source: Deno.cwd(), target: "/z", readonly: false }],
];

Deno.test("parseVolumeText() reads paths of the host", () => {
  for (const [text, bind] of BINDS) {
    assert.deepEqual(parseVolumeText(text), { kind: "bind", bind }, text);
  }
});

const VOLUMES: [text: string, volume: VolumeRequest][] = [
  ["/a", { target: "/a", readonly: false }],
  ["/a/../b/", { target: "/b", readonly: false }],
  ["data:/a", { name: "data", target: "/a", readonly: false }],
  ["a.b_c-1:/a:ro,nocopy", {
    name: "a.b_c-1",
    target: "/a",
    readonly: true,
    noCopy: true,
    mode: "ro,nocopy",
  }],
];

Deno.test("parseVolumeText() reads names of volumes, and paths without one", () => {
  for (const [text, volume] of VOLUMES) {
    assert.deepEqual(parseVolumeText(text), { kind: "volume", volume }, text);
  }
});

const config = (text: string, type: string, reason: string) =>
  `Cannot mount "${text}": invalid volume specification: '${text}': invalid mount config for type ` +
  `"${type}": ${reason}`;
const mode = (text: string, mode: string) => `Cannot mount "${text}": invalid mode: ${mode}`;
const name = (name: string) =>
  `create ${name}: "${name}" includes invalid characters for a local volume name, only ` +
  `"[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute ` +
  "path";

// What Docker says to the same.
const WRONG: [text: string, message: string][] = [
  ["", 'Cannot mount "": invalid empty volume spec'],
  [":/a", 'Cannot mount ":/a": invalid spec: :/a: empty section between colons'],
  ["/a:", 'Cannot mount "/a:": invalid spec: /a:: empty section between colons'],
  ["a:b:c:d", `Cannot mount "a:b:c:d": invalid volume specification: 'a:b:c:d'`],
  ["/a:b", config("/a:b", "bind", "invalid mount path: 'b' mount path must be absolute")],
  ["ab:b", config("ab:b", "volume", "invalid mount path: 'b' mount path must be absolute")],
  ["rel", config("rel", "volume", "invalid mount path: 'rel' mount path must be absolute")],
  ["/a:/", config("/a:/", "bind", "invalid specification: destination can't be '/'")],
  ["ab:/x/..", config("ab:/x/..", "volume", "invalid specification: destination can't be '/'")],
  ["/a:/b:nocopy", config("/a:/b:nocopy", "bind", "field VolumeOptions must not be specified")],
  ["ab:/b:rshared", config("ab:/b:rshared", "volume", "field BindOptions must not be specified")],
  ["/a:/b:readonly", mode("/a:/b:readonly", "readonly")],
  ["/a:/b:ro,RO", mode("/a:/b:ro,RO", "ro,RO")],
  ["ab:/b:ro,rw", mode("ab:/b:ro,rw", "ro,rw")],
  ["ab:/b:z,Z", mode("ab:/b:z,Z", "z,Z")],
  ["a/b:/c", name("a/b")],
  ["a b:/c", name("a b")],
  ["_a:/c", name("_a")],
  [
    "a:/c",
    "create a: volume name is too short, names should be at least two alphanumeric characters",
  ],
];

for (const [text, message] of WRONG) {
  Deno.test(`parseVolumeText() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseVolumeText(text), { name: "EngineError", kind: "invalid", message });
  });
}

Deno.test("parseVolumesFrom() reads a container and whether it may be written to", () => {
  assert.deepEqual(parseVolumesFrom("web"), { container: "web" });
  assert.deepEqual(parseVolumesFrom("web:ro"), { container: "web", readonly: true });
  assert.deepEqual(parseVolumesFrom("web:rw,z"), { container: "web" });
  for (const text of ["web:foo", "web:nocopy", "web:rslave", ":ro", ""]) {
    assert.throws(() => parseVolumesFrom(text), { kind: "invalid" });
  }
});
