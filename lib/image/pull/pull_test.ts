import assert from "node:assert/strict";
import type { Digest } from "../spec/digest.ts";
import { findImage } from "../records/lookup.ts";
import { digestHex } from "../spec/digest.ts";
import { file, FixtureRegistry, FixtureStore, largeFile } from "./_registry_fixture.ts";
import type { PullProgress } from "./mod.ts";

const OTHER_DIGEST = `sha256:${"0".repeat(64)}` as Digest;

function tagsOf({ database }: FixtureStore): Record<string, unknown>[] {
  return database.all("SELECT reference, image_id AS id FROM tags ORDER BY reference")
    .map((row) => ({ ...row }));
}

Deno.test("pullImage() stores layers, blobs and names, and then is up to date", async () => {
  await using registry = new FixtureRegistry();
  await using fixture = new FixtureStore();
  const pushed = await registry.push("app:1", { layers: [file("a", "one"), file("b", "two")] });
  const name = `${registry.host}/app:1`;
  const first = await fixture.pull(name);
  assert.deepEqual(
    [first.id, first.digest, first.status],
    [pushed.id, pushed.manifest.digest, "downloaded"],
  );
  const { store, root } = fixture;
  const [lower, upper] = pushed.diffIds.map((diffId) => store.layout.layer(diffId));
  assert.equal(await Deno.readTextFile(`${lower}/a`), "one");
  assert.equal(await Deno.readTextFile(`${upper}/b`), "two");
  const digests = [pushed.id, pushed.manifest.digest, ...pushed.layers.map(({ digest }) => digest)];
  assert.deepEqual(
    fixture.entries("blobs/sha256"),
    digests.map((digest) => `blobs/sha256/${digestHex(digest)}`).sort(),
  );
  for (const layer of pushed.layers) {
    assert.deepEqual(await Deno.readFile(store.layout.blob(layer.digest)), registry.blob(layer));
  }
  assert.deepEqual(fixture.entries("incoming", "trash"), []);
  assert.deepEqual(tagsOf(fixture), [{ reference: name, id: pushed.id }]);
  assert.equal(findImage(fixture.database, name).image.size, 6);
  assert.equal((await Deno.stat(`${root}/layers`)).mode! & 0o777, 0o700);
  registry.blobRequests.length = 0;
  assert.equal((await fixture.pull(name)).status, "upToDate");
  assert.deepEqual(registry.blobRequests, []);
});

Deno.test("pullImage() refuses an image that cannot be mounted before it fetches a layer", async () => {
  await using registry = new FixtureRegistry();
  await using fixture = new FixtureStore();
  const layers = Array.from({ length: 501 }, (_, number) => file(`f${number}`, "x"));
  const { layers: pushed } = await registry.push("app:1", { layers });
  await assert.rejects(fixture.pull(`${registry.host}/app:1`), {
    kind: "invalid",
    message:
      /^Cannot pull image ".*": too many layers: 501, and the kernel's overlay stacks at most 500/,
  });
  const asked = registry.blobRequests.filter((path) =>
    pushed.some(({ digest }) => path.includes(digest))
  );
  assert.deepEqual(asked, []);
});

Deno.test("pullImage() moves a tag and leaves the old image without one", async () => {
  await using registry = new FixtureRegistry();
  await using fixture = new FixtureStore();
  const name = `${registry.host}/app:1`;
  const shared = file("base", "base");
  const old = await registry.push("app:1", { layers: [shared, file("a", "old")] });
  await fixture.pull(name);
  const now = await registry.push("app:1", { layers: [shared, file("a", "new")] });
  registry.blobRequests.length = 0;
  assert.equal((await fixture.pull(name)).status, "downloaded");
  assert.equal(registry.blobRequests.length, 2, "the configuration and the layer that is new");
  assert.deepEqual(tagsOf(fixture), [{ reference: name, id: now.id }]);
  assert.equal(findImage(fixture.database, old.id).image.id, old.id);
});

Deno.test("pullImage() gives a digest no tag", async () => {
  await using registry = new FixtureRegistry();
  await using fixture = new FixtureStore();
  const { manifest, id } = await registry.push("app:1", { layers: [file("a", "x")] });
  const name = `${registry.host}/app:1@${manifest.digest}`;
  assert.equal((await fixture.pull(name)).status, "downloaded");
  assert.equal((await fixture.pull(name)).status, "upToDate");
  assert.deepEqual(tagsOf(fixture), []);
  assert.equal(findImage(fixture.database, name).image.id, id);
});

Deno.test("pullImage() picks the platform from an index and knows the image by it", async () => {
  await using registry = new FixtureRegistry();
  await using fixture = new FixtureStore();
  const platforms = [{ os: "linux", architecture: "s390x" }, {
    os: "linux",
    architecture: "arm64",
  }];
  const images = await Promise.all(
    platforms.map((platform, index) =>
      registry.push(`app:${index}`, { layers: [file("arch", platform.architecture)], platform })
    ),
  );
  const index = await registry.pushIndex(
    "app:all",
    images.map((image, at) => [platforms[at]!, image]),
  );
  const name = `${registry.host}/app:all`;
  for (const [at, platform] of platforms.entries()) {
    const { id, digest, status } = await fixture.pull(name, { platform });
    assert.deepEqual([id, digest, status], [images[at]!.id, index.digest, "downloaded"]);
  }
  await assert.rejects(
    fixture.pull(name, { platform: { os: "linux", architecture: "riscv64" } }),
    { kind: "notFound", message: /no matching manifest for linux\/riscv64 .*linux\/s390x/ },
  );
  await assert.rejects(fixture.pull(`${registry.host}/app:0`, { platform: platforms[1]! }), {
    kind: "notFound",
    message: /wanted linux\/arm64, actual: linux\/s390x/,
  });
});

Deno.test("pullImage() fetches a layer once, however often it is wanted", async () => {
  await using registry = new FixtureRegistry();
  await using fixture = new FixtureStore();
  const [a, b, c] = [file("a", "a"), file("b", "b"), file("c", "c")];
  const first = await registry.push("first:1", { layers: [a!, b!, a!] });
  const second = await registry.push("second:1", { layers: [a!, b!, c!] });
  await Promise.all([
    fixture.pull(`${registry.host}/first:1`),
    fixture.pull(`${registry.host}/second:1`),
    fixture.pull(`${registry.host}/second:1`),
  ]);
  const requested = registry.blobRequests.map((path) => path.replace(/^.*\//, ""));
  const layers = new Set([...first.layers, ...second.layers].map(({ digest }) => digest));
  for (const layer of layers) {
    assert.equal(requested.filter((digest) => digest === layer).length, 1, layer);
  }
  assert.equal(fixture.entries("layers").length, 3);
});

Deno.test("pullImage() keeps nothing of a layer that is not what it should be", async () => {
  await using registry = new FixtureRegistry();
  await using fixture = new FixtureStore();
  const layers = [file("good", "good"), largeFile("bad", 300_000)];
  const pushed = await registry.push("app:1", { layers });
  const wanted = pushed.layers[1]!;
  const blob = registry.blob(wanted);
  const flip = (at: number) => blob.map((byte, index) => index === at ? byte ^ 1 : byte);
  fixture.store.create();
  const before = fixture.content();
  for (const at of [5, 1000, 200_000, blob.length - 3]) {
    registry.interference = (path) =>
      path.endsWith(wanted.digest) ? new Response(flip(at)) : undefined;
    await assert.rejects(fixture.pull(`${registry.host}/app:1`), {
      kind: "invalid",
      message: new RegExp(`^Cannot download blob "${wanted.digest}": what arrived has digest`),
    });
    assert.deepEqual(fixture.content(), before, `damaged at ${at}`);
  }
  registry.interference = () => undefined;
  assert.equal((await fixture.pull(`${registry.host}/app:1`)).status, "downloaded");
});

Deno.test("pullImage() refuses documents that contradict each other", async () => {
  await using registry = new FixtureRegistry();
  await using fixture = new FixtureStore();
  fixture.store.create();
  const before = fixture.content();
  const layers = [file("a", "a")];
  await registry.push("diff:1", { layers, diffIds: [OTHER_DIGEST] });
  await registry.push("count:1", { layers, diffIds: [] });
  await registry.push("type:1", { layers, config: { rootfs: { type: "x", diff_ids: [] } } });
  const cases = [
    ["diff", new RegExp(`Cannot unpack layer "${OTHER_DIGEST}": its content has diff ID`)],
    ["count", /its manifest has 1 layers and its configuration 0$/],
    ["type", /its root file system has the unknown type "x"$/],
  ] as const;
  for (const [name, message] of cases) {
    await assert.rejects(fixture.pull(`${registry.host}/${name}:1`), { kind: "invalid", message });
    assert.deepEqual(fixture.content(), before, name);
  }
  assert.deepEqual(tagsOf(fixture), []);
});

Deno.test("pullImage() ends when aborted, and the next one goes on where it was", async () => {
  await using registry = new FixtureRegistry();
  await using fixture = new FixtureStore();
  const pushed = await registry.push("app:1", { layers: [largeFile("large", 2_000_000)] });
  const { digest, size } = pushed.layers[0]!;
  const stop = new AbortController();
  const name = `${registry.host}/app:1`;
  registry.interference = (path) => {
    if (!path.endsWith(digest)) return undefined;
    const blob = registry.blob(pushed.layers[0]!);
    // Half of it, and then silence.
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(blob.subarray(0, size / 2)),
    });
    return new Response(body);
  };
  const reached = (progress: PullProgress) =>
    progress.kind === "layer" && progress.received > size / 4 && stop.abort();
  await assert.rejects(
    fixture.pull(name, { signal: stop.signal, onProgress: reached }),
    (error) => error === stop.signal.reason,
  );
  assert.deepEqual(fixture.entries("layers", "blobs/sha256"), []);
  assert.deepEqual(fixture.entries("incoming"), [`incoming/blob-${digestHex(digest)}`]);
  const there = (await Deno.stat(`${fixture.root}/incoming/blob-${digestHex(digest)}`)).size;
  assert(there > 0 && there < size);
  registry.interference = () => undefined;
  await fixture.pull(name);
  assert.equal(registry.ranges.at(-1), `bytes=${there}-`);
  const large = await Deno.readFile(`${fixture.store.layout.layer(pushed.diffIds[0]!)}/large`);
  assert.equal(large.length, 2_000_000);
});

Deno.test("pullImage() begins anew where what was there already is damaged", async () => {
  await using registry = new FixtureRegistry();
  await using fixture = new FixtureStore();
  const pushed = await registry.push("app:1", { layers: [file("a", "content")] });
  const [descriptor] = pushed.layers;
  const { store } = fixture;
  store.create();
  // As a machine that went down may leave them: cut, full of zeros, or too long.
  for (const size of [10, descriptor!.size, descriptor!.size + 1]) {
    await Deno.writeFile(store.layout.incomingBlob(descriptor!.digest), new Uint8Array(size));
    await fixture.pull(`${registry.host}/app:1`);
    const layer = store.layout.layer(pushed.diffIds[0]!);
    assert.equal(await Deno.readTextFile(`${layer}/a`), "content");
    // The same with the blob under its name, and a layer the database knows of but is gone.
    await Deno.writeFile(store.layout.blob(descriptor!.digest), new Uint8Array(descriptor!.size));
    await Deno.remove(layer, { recursive: true });
    await fixture.pull(`${registry.host}/app:1`);
    assert.equal(await Deno.readTextFile(`${layer}/a`), "content");
    assert.deepEqual(fixture.entries("incoming"), []);
    fixture.database.run("DELETE FROM tags");
    fixture.database.run("DELETE FROM images");
    fixture.database.run("DELETE FROM layers");
    await Deno.remove(store.layout.blob(descriptor!.digest));
  }
});

Deno.test("pullImage() unpacks anew what had not reached the disk when the machine stopped", async () => {
  await using registry = new FixtureRegistry();
  await using fixture = new FixtureStore();
  const pushed = await registry.push("app:1", { layers: [file("a", "content")] });
  await fixture.pull(`${registry.host}/app:1`);
  const unsynced = () =>
    fixture.database.get<{ boot: string | null }>(
      "SELECT unsynced_boot_id AS boot FROM layers",
    )?.boot;
  assert.equal(unsynced(), null);
  fixture.database.run("UPDATE layers SET unsynced_boot_id = 'another boot'");
  const layer = fixture.store.layout.layer(pushed.diffIds[0]!);
  await Deno.writeTextFile(`${layer}/a`, "");
  registry.blobRequests.length = 0;
  assert.equal((await fixture.pull(`${registry.host}/app:1`)).status, "upToDate");
  assert.equal(await Deno.readTextFile(`${layer}/a`), "content");
  assert.deepEqual(registry.blobRequests, [], "the stored blob serves");
  assert.equal(unsynced(), null);
});

Deno.test("pullImage() fetches again what is removed while it goes on", async () => {
  await using registry = new FixtureRegistry();
  await using fixture = new FixtureStore();
  const shared = file("shared", "shared");
  const pushed = await registry.push("old:1", { layers: [shared] });
  await registry.push("new:1", { layers: [shared, file("b", "b")] });
  await fixture.pull(`${registry.host}/old:1`);
  let removed = false;
  const { removeImage } = await import("../records/remove.ts");
  await fixture.pull(`${registry.host}/new:1`, {
    onProgress: (progress) => {
      if (removed || progress.kind !== "layer" || progress.state !== "done") return;
      removed = true;
      removeImage(fixture.store, `${registry.host}/old:1`, false);
    },
  });
  assert(removed);
  const layer = fixture.store.layout.layer(pushed.diffIds[0]!);
  assert.equal(await Deno.readTextFile(`${layer}/shared`), "shared");
});
