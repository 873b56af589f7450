import assert from "node:assert/strict";
import { mkdirat } from "../../../ffi/directory_entry.ts";
import { close, open, OpenFlag } from "../../../ffi/fd.ts";
import { openat } from "../../../ffi/openat.ts";
import { lsetxattr } from "../../../ffi/xattr.ts";
import { removeTree } from "../../state/mod.ts";
import { listChanges } from "./changes.ts";
import { sizeOfTree } from "./writable_size.ts";

const ignore = Deno.uid() !== 0;

/** What a file of a tree is: text, a folder, a folder that hides the lower ones, or a whiteout. */
type Node = string | typeof FOLDER | typeof OPAQUE | typeof WHITEOUT;
const FOLDER = Symbol("folder");
const OPAQUE = Symbol("opaque");
const WHITEOUT = Symbol("whiteout");

/** Files by path; every one of them has the same times. */
type Tree = Record<string, Node>;

const TIME = 1_700_000_000;

async function build(tree: Tree): Promise<string> {
  const root = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd_changes_" });
  for (const [path, node] of Object.entries(tree)) {
    const file = `${root}/${path}`;
    if (typeof node === "string") await Deno.writeTextFile(file, node);
    else if (node === WHITEOUT) await makeWhiteout(file);
    else await Deno.mkdir(file);
    if (node === OPAQUE) lsetxattr(file, "trusted.overlay.opaque", new TextEncoder().encode("y"));
    if (node !== WHITEOUT) await Deno.utime(file, TIME, TIME);
  }
  return root;
}

async function makeWhiteout(path: string): Promise<void> {
  const { success } = await new Deno.Command("mknod", { args: [path, "c", "0", "0"] }).output();
  assert.ok(success, `mknod ${path}`);
}

interface Case {
  name: string;
  layers: Tree[];
  upper: Tree;
  expected: string[];
  change?(upper: string): Promise<void>;
}

const CASES: readonly Case[] = [
  {
    name: "finds nothing where nothing changed",
    layers: [{ a: "1", d: FOLDER, "d/b": "2" }],
    upper: { d: FOLDER, "d/b": "2" },
    expected: [],
  },
  {
    name: "finds what was added, changed and deleted, and the folders it is in",
    layers: [{ "b": FOLDER, "b/keep": "1", "b/gone": "1", "same": FOLDER }],
    upper: { b: FOLDER, "b/keep": "12", "b/gone": WHITEOUT, "b/new": "", same: FOLDER },
    expected: ["C /b", "D /b/gone", "C /b/keep", "A /b/new"],
  },
  {
    name: "finds added folders with all that is in them",
    layers: [{}],
    upper: { a: FOLDER, "a/b": FOLDER, "a/b/c": "x" },
    expected: ["A /a", "A /a/b", "A /a/b/c"],
  },
  {
    name: "looks at the topmost layer that has a file",
    layers: [{ a: "old" }, { a: "new" }, {}],
    upper: { a: "new" },
    expected: [],
  },
  {
    name: "takes what a layer deletes for what is not there",
    layers: [{ a: "1", d: FOLDER, "d/b": "1" }, { a: WHITEOUT, d: OPAQUE }],
    upper: { a: "1", d: FOLDER, "d/b": "1", "d/c": WHITEOUT },
    expected: ["A /a", "C /d", "A /d/b"],
  },
  {
    name: "ignores whiteouts of what is not there",
    layers: [{ d: FOLDER }],
    upper: { x: WHITEOUT, d: FOLDER, "d/y": WHITEOUT },
    expected: [],
  },
  {
    name: "finds what an opaque folder hides",
    layers: [
      { d: FOLDER, "d/one": "1", "d/two": FOLDER, "d/two/deep": "", "d/kept": "1", "d/gone": "" },
      { d: FOLDER, "d/three": "3", "d/gone": WHITEOUT },
    ],
    upper: { d: OPAQUE, "d/kept": "1" },
    expected: ["C /d", "D /d/one", "D /d/three", "D /d/two"],
  },
  {
    name: "finds folders in place of files and files in place of folders",
    layers: [{ a: "1", d: FOLDER, "d/b": "1" }],
    upper: { a: FOLDER, "a/x": "1", d: "1" },
    expected: ["C /a", "A /a/x", "C /d"],
  },
  {
    name: "finds changed modes",
    layers: [{ a: "1", d: FOLDER }],
    upper: { a: "1", d: FOLDER },
    change: async (upper) => {
      await Deno.chmod(`${upper}/a`, 0o600);
      await Deno.chmod(`${upper}/d`, 0o700);
    },
    expected: ["C /a", "C /d"],
  },
  {
    name: "finds a file whose time alone has changed, but no such folder",
    layers: [{ a: "1", d: FOLDER }],
    upper: { a: "1", d: FOLDER },
    change: async (upper) => {
      await Deno.utime(`${upper}/a`, TIME, TIME + 1);
      await Deno.utime(`${upper}/d`, TIME, TIME + 1);
    },
    expected: ["C /a"],
  },
  {
    name: "finds a capability that was added",
    layers: [{ a: "1" }],
    upper: { a: "1" },
    change: (upper) => {
      // VFS_CAP_REVISION_2, effective, and CAP_NET_RAW as permitted (linux/capability.h).
      const value = new Uint8Array(20);
      value.set([1, 0, 0, 2, 0, 32]);
      lsetxattr(`${upper}/a`, "security.capability", value);
      return Promise.resolve();
    },
    expected: ["C /a"],
  },
  {
    name: "leaves out the engine's own mount points",
    layers: [{}],
    upper: {
      dev: FOLDER,
      "dev/pts": FOLDER,
      proc: FOLDER,
      sys: FOLDER,
      etc: FOLDER,
      "etc/hosts": "",
      "etc/hostname": "",
      "etc/resolv.conf": "",
    },
    expected: [],
  },
  {
    name: "finds what is beside the engine's own mount points",
    layers: [{}],
    upper: { data: FOLDER, etc: FOLDER, "etc/hosts": "", "etc/passwd": "" },
    expected: ["A /data", "C /etc", "A /etc/passwd"],
  },
];

for (const { name, layers, upper, change, expected } of CASES) {
  Deno.test({
    name: `listChanges() ${name}`,
    ignore,
    fn: async () => {
      const lower = await Promise.all(layers.map(build));
      const top = await build(upper);
      try {
        await change?.(top);
        const lines = listChanges(top, lower).map(({ kind, path }) => `${kind} ${path}`);
        assert.deepEqual(lines, expected);
      } finally {
        for (const path of [top, ...lower]) await Deno.remove(path, { recursive: true });
      }
    },
  });
}

Deno.test("listChanges() does not follow a link in a folder's place", { ignore }, async () => {
  const secret = await build({ secret: "1" });
  const [upper, lower] = [await build({}), await build({ d: FOLDER })];
  try {
    await Deno.symlink(secret, `${upper}/d`);
    assert.deepEqual(listChanges(upper, [lower]), [{ kind: "C", path: "/d" }]);
  } finally {
    for (const path of [secret, upper, lower]) await Deno.remove(path, { recursive: true });
  }
});

Deno.test("sizeOfTree() counts each file once, and no folders", async () => {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${root}/a/b`, { recursive: true });
    await Deno.writeTextFile(`${root}/one`, "12345");
    await Deno.writeTextFile(`${root}/a/b/two`, "123");
    await Deno.link(`${root}/one`, `${root}/a/again`);
    await Deno.symlink("12", `${root}/link`);
    assert.equal(sizeOfTree(root), 10);
    assert.equal(sizeOfTree(`${root}/nothing`), 0);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

/** Makes folders one inside the other. */
function nest(root: string, levels: number): void {
  let directory = open(root, OpenFlag.RDONLY | OpenFlag.DIRECTORY);
  for (let level = 0; level < levels; level++) {
    mkdirat(directory, "d", 0o755);
    const inner = openat(directory, "d", OpenFlag.RDONLY | OpenFlag.DIRECTORY);
    close(directory);
    directory = inner;
  }
  close(directory);
}

Deno.test("sizeOfTree() stands folders nested deeper than a path can say", async () => {
  const root = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${root}/file`, "123");
    nest(root, 2100);
    assert.equal(sizeOfTree(root), 3);
  } finally {
    await removeTree(root);
  }
});
