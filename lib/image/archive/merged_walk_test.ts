import assert from "node:assert/strict";
import { close, open, OpenFlag } from "../../../ffi/fd.ts";
import { isRoot, Workspace } from "../layer/_workspace_fixture.ts";
import { walkMerged } from "./merged_walk.ts";

const ignore = !isRoot;

/** Scripts that fill layers, the topmost first, and what is to be seen. */
const CASES: { name: string; layers: string[]; expected: string[] }[] = [
  {
    name: "shows what the topmost layer has of a file",
    layers: ["echo -n top > a", "echo -n below > a; echo -n b > b"],
    expected: ["a top", "b b"],
  },
  {
    name: "merges directories of all layers",
    layers: ["mkdir d; touch d/3", "mkdir d; touch d/1", "mkdir d; touch d/2; echo -n no > d/3"],
    expected: ["d/", "d/1 ", "d/2 ", "d/3 "],
  },
  {
    name: "leaves out what is deleted above, and shows what is put there again",
    layers: ["echo -n new > b", "mknod a c 0 0; mknod b c 0 0", "mkdir a; touch a/x b"],
    expected: ["b new"],
  },
  {
    name: "shows nothing below an opaque directory",
    layers: [
      "mkdir d; touch d/own",
      `mkdir d; touch d/middle; ${opaque("d")}`,
      "mkdir d; touch d/low",
    ],
    expected: ["d/", "d/middle ", "d/own "],
  },
  {
    name: "lets a file and a whiteout end what is merged",
    layers: ["mkdir d e; touch d/1", "mknod d c 0 0; echo -n f > e", "mkdir d e; touch d/2 e/2"],
    expected: ["d/", "d/1 ", "e/"],
  },
  {
    name: "does not follow links, nor enters them",
    layers: ["ln -s /etc l; mkdir d", "mkdir l; touch l/x; ln -s / d"],
    expected: ["d/", "l -> /etc"],
  },
];

function opaque(path: string): string {
  return `setfattr -n trusted.overlay.opaque -v y ${path}`;
}

for (const { name, layers, expected } of CASES) {
  Deno.test({
    name: `walkMerged() ${name}`,
    ignore,
    fn: async () => {
      await using workspace = new Workspace();
      const fds: number[] = [];
      try {
        for (const [index, script] of layers.entries()) {
          const path = `${workspace.layer}/${index}`;
          await Deno.mkdir(path);
          const { success } = await new Deno.Command("bash", { args: ["-euc", script], cwd: path })
            .output();
          assert.ok(success, script);
          fds.push(open(path, OpenFlag.PATH | OpenFlag.DIRECTORY));
        }
        const seen = [...show(fds)];
        assert.deepEqual(seen, expected);
      } finally {
        fds.forEach(close);
      }
    },
  });
}

function* show(fds: number[]): Generator<string> {
  for (const { handle, path, status } of walkMerged(fds)) {
    if (path === "") continue;
    const file = `/proc/self/fd/${handle}`;
    const kind = status.mode & 0o170000;
    if (kind === 0o040000) yield `${path}/`;
    else if (kind === 0o120000) yield `${path} -> /etc`;
    else yield `${path} ${Deno.readTextFileSync(file)}`;
  }
}

Deno.test({
  name: "walkMerged() does not enter what is mounted upon a layer",
  ignore,
  fn: () => {
    // There is always a file system of terminals upon /dev/pts, with at least one file in it.
    assert.ok([...Deno.readDirSync("/dev/pts")].length > 0);
    const fd = open("/dev", OpenFlag.PATH | OpenFlag.DIRECTORY);
    try {
      const paths = Array.from(walkMerged([fd]), ({ path }) => path);
      assert.ok(paths.includes("pts"));
      assert.deepEqual(paths.filter((path) => path.startsWith("pts/")), []);
    } finally {
      close(fd);
    }
  },
});
