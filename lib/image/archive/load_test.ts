import assert from "node:assert/strict";
import { EngineError } from "../../errors.ts";
import { concat, type FixtureEntry, inPieces, tarArchive } from "../layer/_archive_fixture.ts";
import { isRoot } from "../layer/_workspace_fixture.ts";
import { FixtureStore } from "../pull/_registry_fixture.ts";
import { familiarName } from "../spec/reference.ts";
import { sweep } from "../store/mod.ts";
import { type LoadedImage, loadImages } from "./load.ts";
import { saveImages } from "./save.ts";

const ignore = !isRoot;

type Bytes = Uint8Array<ArrayBuffer>;

async function hex(bytes: Bytes): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function gzip(bytes: Bytes): Promise<Bytes> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

const ONE = tarArchive([{ name: "a", content: "first" }, { name: "b", content: "x" }]);
const TWO = tarArchive([{ name: "a", content: "second" }, { name: ".wh.b" }]);

async function config(layers: Bytes[], more: Record<string, unknown> = {}): Promise<Bytes> {
  const diffIds = await Promise.all(layers.map(async (layer) => `sha256:${await hex(layer)}`));
  return json({
    architecture: "amd64",
    os: "linux",
    created: "2024-01-02T03:04:05Z",
    config: { Cmd: ["/a"] },
    rootfs: { type: "layers", diff_ids: diffIds },
    history: [],
    ...more,
  });
}

/** An archive as Docker before 25 writes it: the second layer comes twice, once as a link. */
async function dockerArchive(): Promise<FixtureEntry[]> {
  const document = await config([ONE, TWO, TWO]);
  const name = `${await hex(document)}.json`;
  return [
    { name: "1/", type: "5" },
    { name: "1/VERSION", content: "1.0" },
    { name: "1/json", content: "{}" },
    { name: "1/layer.tar", content: ONE },
    { name: "2/layer.tar", content: TWO },
    { name: "3/layer.tar", type: "2", linkName: "../2/layer.tar" },
    { name, content: document },
    {
      name: "manifest.json",
      content: json([{
        Config: name,
        RepoTags: ["app:1", "host:5000/app:2"],
        Layers: ["1/layer.tar", "2/layer.tar", "3/layer.tar"],
      }]),
    },
  ];
}

/** An image layout of OCI with one compressed layer; `change` may spoil it. */
async function ociArchive(
  change: (parts: { manifest: Record<string, unknown>; blobs: Map<string, Bytes> }) => void =
    () => {},
): Promise<FixtureEntry[]> {
  const [layer, document] = [await gzip(ONE), await config([ONE])];
  const blobs = new Map([[await hex(layer), layer], [await hex(document), document]]);
  const type = "application/vnd.oci.image";
  const manifest = {
    schemaVersion: 2,
    mediaType: `${type}.manifest.v1+json`,
    config: {
      mediaType: `${type}.config.v1+json`,
      digest: `sha256:${await hex(document)}`,
      size: document.length,
    },
    layers: [{
      mediaType: `${type}.layer.v1.tar+gzip`,
      digest: `sha256:${await hex(layer)}`,
      size: layer.length,
    }],
  };
  const parts = { manifest, blobs };
  change(parts);
  const bytes = json(parts.manifest);
  blobs.set(await hex(bytes), bytes);
  const index = {
    schemaVersion: 2,
    manifests: [{
      mediaType: manifest.mediaType,
      digest: `sha256:${await hex(bytes)}`,
      size: bytes.length,
      annotations: { "org.opencontainers.image.ref.name": "host/oci:1" },
    }],
  };
  return [
    { name: "oci-layout", content: '{"imageLayoutVersion":"1.0.0"}' },
    { name: "index.json", content: json(index) },
    ...[...blobs].map(([digest, content]) => ({ name: `blobs/sha256/${digest}`, content })),
  ];
}

async function load(fixture: FixtureStore, archive: Bytes): Promise<LoadedImage[]> {
  return await loadImages(fixture.store, inPieces(archive, 4096));
}

const names = (images: LoadedImage[]) =>
  images.map(({ names }) => names.map(({ reference }) => familiarName(reference)));

async function save(fixture: FixtureStore, ...wanted: string[]): Promise<Bytes> {
  const archive = await saveImages(fixture.store, wanted, { format: "docker" });
  const pieces: Uint8Array[] = [];
  for await (const piece of archive.pieces()) pieces.push(piece.slice());
  return concat(pieces);
}

Deno.test({
  name: "loadImages() reads an archive of Docker's",
  ignore,
  fn: async () => {
    await using fixture = new FixtureStore();
    const entries = await dockerArchive();
    const images = await load(fixture, tarArchive(entries));
    assert.deepEqual(names(images), [["app:1", "host:5000/app:2"]]);
    assert.equal(images[0]!.id, `sha256:${entries[6]!.name.slice(0, 64)}`);
    const layer = `${fixture.root}/layers/${await hex(TWO)}`;
    assert.equal(await Deno.readTextFile(`${layer}/a`), "second");
    assert.equal((await Deno.lstat(`${layer}/b`)).isCharDevice, true);
    assert.deepEqual(fixture.entries("incoming"), []);
    assert.equal(await sweep(fixture.store), 0, "there is nothing that belongs to no image");
  },
});

Deno.test({
  name: "loadImages() reads an image layout, compressed as a whole, and keeps its digests",
  ignore,
  fn: async () => {
    await using fixture = new FixtureStore();
    const entries = await ociArchive();
    const images = await load(fixture, await gzip(tarArchive(entries)));
    assert.deepEqual(names(images), [["host/oci:1"]]);
    const row = fixture.database.get<{ digest: string }>(
      "SELECT manifest_digest AS digest FROM images",
    );
    assert.equal(`blobs/${row!.digest.replace(":", "/")}`, entries.at(-1)!.name);
  },
});

Deno.test({
  name: "what saveImages() writes, loadImages() reads, and it saves the same bytes again",
  ignore,
  fn: async () => {
    await using one = new FixtureStore();
    await load(one, tarArchive(await dockerArchive()));
    await load(one, tarArchive(await ociArchive()));
    const saved = await save(one, "app:1", "host/oci:1", "host:5000/app");
    await using other = new FixtureStore();
    const images = await load(other, saved);
    assert.deepEqual(names(images), [["app:1", "host:5000/app:2"], ["host/oci:1"]]);
    assert.deepEqual(await save(other, "app:1", "host/oci:1", "host:5000/app"), saved);
    for (const folder of ["blobs/sha256", "layers"]) {
      assert.deepEqual(other.entries(folder), one.entries(folder));
    }
  },
});

Deno.test({
  name: "loadImages() unpacks no layer that is there, but looks whether it is that one",
  ignore,
  fn: async () => {
    await using fixture = new FixtureStore();
    const entries = await ociArchive();
    const [first] = await load(fixture, tarArchive(entries));
    fixture.store.makeLayerDirectory = () => assert.fail("a layer is unpacked");
    const [second] = await load(fixture, tarArchive(entries));
    assert.equal(second!.id, first!.id);
    const layer = entries.find(({ content }) =>
      content instanceof Uint8Array && content[0] === 31
    )!;
    const damaged = (layer.content as Bytes).slice();
    damaged[damaged.length - 1]! ^= 1;
    const archive = entries.map((one) => one === layer ? { ...one, content: damaged } : one);
    await assert.rejects(load(fixture, tarArchive(archive)), {
      kind: "invalid",
      message: /^Cannot load "blobs\/sha256\/\w+": its content has the digest sha256:\w+$/,
    });
  },
});

Deno.test({
  name: "a layer that is removed while the archive that has it is read is missed",
  ignore,
  fn: async () => {
    await using fixture = new FixtureStore();
    const entries = await ociArchive();
    await load(fixture, tarArchive(entries));
    const loading = loadImages(fixture.store, inPieces(tarArchive(entries), 4096), {
      onLayer: () => {
        fixture.database.run("DELETE FROM tags");
        fixture.database.run("DELETE FROM images");
        fixture.database.run("DELETE FROM layers");
      },
    });
    await assert.rejects(loading, { kind: "conflict", message: /removed meanwhile$/ });
    assert.deepEqual(fixture.entries("incoming"), []);
  },
});

Deno.test({
  name: "loadImages() moves a name, and says from which image",
  ignore,
  fn: async () => {
    await using fixture = new FixtureStore();
    const [before] = await load(fixture, tarArchive(await dockerArchive()));
    const document = await config([ONE], { author: "another" });
    const manifest = json([{ Config: "c.json", RepoTags: ["app:1"], Layers: ["l.tar"] }]);
    const [after] = await load(
      fixture,
      tarArchive([
        { name: "manifest.json", content: manifest },
        { name: "l.tar", content: ONE },
        { name: "c.json", content: document },
      ]),
    );
    assert.equal(after!.names[0]!.replaced, before!.id);
    assert.equal(after!.id, `sha256:${await hex(document)}`);
  },
});

Deno.test({
  name: "loadImages() leaves nothing of an archive that is cut short, wherever that is",
  ignore,
  fn: async () => {
    await using fixture = new FixtureStore();
    const whole = tarArchive(await dockerArchive());
    // The two blocks of zeros at the end may be missing.
    for (let length = 1; length < whole.length - 1024; length += 700) {
      await assert.rejects(load(fixture, whole.slice(0, length)), isInvalid, `${length}`);
    }
    const compressed = await gzip(whole);
    await assert.rejects(load(fixture, compressed.slice(0, -20)), isInvalid);
    assertEmpty(fixture);
  },
});

function isInvalid(error: unknown): boolean {
  assert(error instanceof EngineError);
  assert.equal(error.kind, "invalid", error.message);
  return true;
}

function assertEmpty(fixture: FixtureStore): void {
  assert.deepEqual(fixture.entries("incoming", "layers", "blobs/sha256", "trash"), []);
  for (const table of ["images", "layers", "tags", "image_layers"]) {
    assert.equal(fixture.database.get(`SELECT 1 FROM ${table}`), undefined, table);
  }
}

const digestOfLayer = (parts: { manifest: Record<string, unknown> }) =>
  (parts.manifest.layers as { digest: string }[])[0]!.digest.slice("sha256:".length);

const HOSTILE: [name: string, archive: () => Promise<Bytes>, message: RegExp][] = [
  ["nothing", () => Promise.resolve(new Uint8Array()), /neither a manifest.json nor/],
  ["text", () => Promise.resolve(new TextEncoder().encode("text ".repeat(300))), /no tar/],
  ["an archive of something else", () => Promise.resolve(ONE), /neither a manifest.json nor/],
  [
    "a layer that is not what its name says",
    async () => tarArchive(await ociArchive((parts) => parts.blobs.set(digestOfLayer(parts), TWO))),
    /its content has the digest/,
  ],
  [
    "a layer that is missing",
    async () => tarArchive(await ociArchive((parts) => parts.blobs.delete(digestOfLayer(parts)))),
    /the layer sha256:\w+ is missing/,
  ],
  [
    "a layer that is not the configuration's",
    async () => {
      const entries = await dockerArchive();
      entries[3] = { name: "1/layer.tar", content: TWO };
      return tarArchive(entries);
    },
    /a layer has the diff ID sha256:\w+ instead of/,
  ],
  [
    "fewer layers than the configuration has",
    async () => {
      const entries = await dockerArchive();
      const manifest = [{ Config: entries[6]!.name, Layers: ["1/layer.tar"] }];
      return tarArchive([...entries.slice(0, -1), {
        name: "manifest.json",
        content: json(manifest),
      }]);
    },
    /has 1 layers and its configuration 3/,
  ],
  [
    "a configuration outside of it",
    () =>
      Promise.resolve(tarArchive([{
        name: "manifest.json",
        content: json([{ Config: "/etc/passwd", Layers: ["../../etc/shadow"] }]),
      }])),
    /the configuration \/etc\/passwd is missing/,
  ],
  [
    "a link that leads outside",
    () =>
      Promise.resolve(tarArchive([
        { name: "c.json", type: "2", linkName: "/etc/passwd" },
        { name: "manifest.json", content: json([{ Config: "c.json", Layers: [] }]) },
      ])),
    /the configuration c.json is missing/,
  ],
  [
    "a name that is none",
    async () => {
      const entries = await dockerArchive();
      const manifest = [{
        Config: entries[6]!.name,
        RepoTags: ["../../x:1"],
        Layers: ["1/layer.tar", "2/layer.tar", "3/layer.tar"],
      }];
      return tarArchive([...entries.slice(0, -1), {
        name: "manifest.json",
        content: json(manifest),
      }]);
    },
    /invalid reference format/,
  ],
  [
    "a manifest that is no JSON",
    () => Promise.resolve(tarArchive([{ name: "manifest.json", content: "[{" }])),
    /JSON/,
  ],
  [
    "a document without an end",
    () => Promise.resolve(tarArchive([{ name: "x", content: "{", size: 2 ** 40 }])),
    /neither a layer nor a document/,
  ],
  [
    "a layer that leaves its directory",
    async () => {
      const entries = await dockerArchive();
      entries[3] = {
        name: "1/layer.tar",
        content: tarArchive([{ name: "../../x", content: "x" }]),
      };
      return tarArchive(entries);
    },
    /leaves the layer/,
  ],
];

for (const [name, archive, message] of HOSTILE) {
  Deno.test({
    name: `loadImages() refuses ${name}, and leaves nothing of it`,
    ignore,
    fn: async () => {
      await using fixture = new FixtureStore();
      await assert.rejects(load(fixture, await archive()), (error) => {
        isInvalid(error);
        assert.match((error as Error).message, message);
        return true;
      });
      assertEmpty(fixture);
    },
  });
}
