import assert from "node:assert/strict";
import { hostCommand } from "../harness/host_command.ts";
import { buildImage, pushImage, tarDirectory } from "../harness/image.ts";
import { suite } from "../harness/suite.ts";

const shared = suite({ images: ["alpine"] });

const ROOM = 96 << 20;
const INODES = 8_000;

/** The instance's root is a small disk. */
Deno.test.beforeAll(async () => {
  const { tsd } = shared;
  await Deno.mkdir(tsd.root);
  const options = `size=${ROOM},nr_inodes=${INODES}`;
  await hostCommand("mount", ["-t", "tmpfs", "-o", options, "tmpfs", tsd.root]);
  await tsd.run(["pull", "-q", shared.image("alpine")]);
});

Deno.test.afterAll(async () => {
  await shared.tsd.run(["system", "reset", "-f"]);
  await hostCommand("umount", [shared.tsd.root]);
});

/** Bytes and files that the small disk has left. */
async function room(): Promise<[bytes: number, files: number]> {
  const [bytes, files] = await Promise.all(
    ["avail", "iavail"].map((what) =>
      hostCommand("df", ["--block-size=1", `--output=${what}`, shared.tsd.root])
    ),
  );
  return [bytes!, files!].map((text) => Number(text.split("\n")[1])) as [number, number];
}

/** Files by thousands, or one file of zeros: little to send, much to unpack. */
const BOMBS: [what: string, fill: string, words: RegExp][] = [
  [
    "bytes",
    `truncate -s ${4 * ROOM} zeros`,
    /the layer has more than the \d+ bytes that there is room for/,
  ],
  [
    "names",
    `seq 1 ${2 * INODES} | xargs touch`,
    /the layer has more than the \d+ entries that there is room for/,
  ],
];

for (const [what, fill, words] of BOMBS) {
  Deno.test(`a layer that is a bomb of ${what} ends before the disk is full, and leaves nothing`, async () => {
    const { registry, tsd } = shared;
    const name = `bomb-${what}:latest`;
    const directory = await Deno.makeTempDir({ prefix: "tsd-test-" });
    try {
      await hostCommand("sh", ["-c", `cd ${directory} && ${fill}`]);
      const tar = await tarDirectory(directory);
      await pushImage(registry, name, await buildImage({ layers: [{ tar }] }));
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
    const before = await room();
    // Somebody else's write on that disk goes on meanwhile.
    let least = before;
    const watching = setInterval(async () => {
      const now = await room();
      least = [Math.min(least[0], now[0]), Math.min(least[1], now[1])];
    }, 20);
    try {
      const pulled = await tsd.run(["pull", `${registry.host}/${name}`], { expect: 1 });
      assert.match(pulled.stderr, words);
      const archive = `${tsd.home}/bomb.tar`;
      const from = `docker://${registry.host}/${name}`;
      await hostCommand("skopeo", [
        ...["copy", "-q", "--src-tls-verify=false", from, `oci-archive:${archive}:${name}`],
      ]);
      const loaded = await tsd.run(["load", "-i", archive], { expect: 1 });
      assert.match(loaded.stderr, words);
    } finally {
      clearInterval(watching);
    }
    assert.ok(least[0] > 0 && least[1] > 0, `there was left: ${least}`);
    await tsd.run(["image", "prune", "-f"]);
    const after = await room();
    // The database may have grown by some pages.
    assert.ok(before[0] - after[0] < 1 << 20, `${before[0] - after[0]} bytes are left of it`);
    assert.ok(before[1] - after[1] < 10, `${before[1] - after[1]} files are left of it`);
    await tsd.run(["run", "--rm", shared.image("alpine"), "true"]);
  });
}
