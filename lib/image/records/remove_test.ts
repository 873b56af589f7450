import assert from "node:assert/strict";
import { addImage, digest } from "../_images_fixture.ts";
import { pruneImages } from "./prune.ts";
import { FixtureStore } from "../pull/_registry_fixture.ts";
import { removeImage } from "./remove.ts";

const DIGEST = digest("1234");
const CONTAINER = "c0ffee".padEnd(64, "0");

Deno.test("removeImage() untags while there are other names, then deletes", async () => {
  await using fixture = new FixtureStore();
  const id = addImage(fixture, {
    id: "1",
    layers: ["a", "b"],
    tags: ["app:1", "app:2", "other:1"],
    digests: [`app@${DIGEST}`, `other@${DIGEST}`],
  });
  const remove = (name: string) => removeImage(fixture.store, name, false);
  assert.deepEqual(remove("app:1"), [{ untagged: "app:1" }]);
  // With a repository's last tag go its digests.
  assert.deepEqual(remove("app:2"), [{ untagged: "app:2" }, { untagged: `app@${DIGEST}` }]);
  assert.equal(fixture.entries("layers").length, 2);
  assert.deepEqual(remove("other:1"), [
    { untagged: "other:1" },
    { untagged: `other@${DIGEST}` },
    { deleted: id },
    { deleted: digest("b") },
    { deleted: digest("a") },
  ]);
  await fixture.store.trash.empty();
  assert.deepEqual(fixture.content(), []);
  assert.throws(() => remove("other:1"), { message: "No such image: other:1" });
});

Deno.test("removeImage() by ID takes all names of one repository, of several with force", async () => {
  await using fixture = new FixtureStore();
  const one = addImage(fixture, { id: "1", tags: ["app:1"], digests: [`app@${DIGEST}`] });
  assert.deepEqual(removeImage(fixture.store, "1", false), [
    { untagged: "app:1" },
    { untagged: `app@${DIGEST}` },
    { deleted: one },
  ]);
  const two = addImage(fixture, { id: "2", tags: ["app:1", "app:2"] });
  assert.throws(() => removeImage(fixture.store, two, false), {
    kind: "conflict",
    message: "conflict: unable to delete 200000000000 (must be forced) - image is referenced in " +
      "multiple repositories",
  });
  assert.deepEqual(removeImage(fixture.store, two, true), [
    { untagged: "app:1" },
    { untagged: "app:2" },
    { deleted: two },
  ]);
});

Deno.test("removeImage() leaves layers and blobs that other images have", async () => {
  await using fixture = new FixtureStore();
  addImage(fixture, { id: "1", layers: ["a", "b"], tags: ["one"] });
  addImage(fixture, { id: "2", layers: ["a", "c"], tags: ["two"] });
  assert.deepEqual(removeImage(fixture.store, "one", false), [
    { untagged: "one:latest" },
    { deleted: digest("1") },
    { deleted: digest("b") },
  ]);
  await fixture.store.trash.empty();
  const left = (...digits: string[]) => digits.map((digits) => digits.padEnd(64, "0"));
  assert.deepEqual(fixture.entries("layers"), left("a", "c").map((name) => `layers/${name}`));
  assert.deepEqual(
    fixture.entries("blobs/sha256"),
    left("2", "a", "c").map((name) => `blobs/sha256/${name}`),
  );
});

Deno.test("removeImage() minds the containers of an image", async () => {
  await using fixture = new FixtureStore();
  const id = addImage(fixture, { id: "1", layers: ["a"], tags: ["app:1", "app:2"] });
  const remove = (name: string, force = false) => removeImage(fixture.store, name, force);
  const refuses = (name: string, force: boolean, state: string) =>
    assert.throws(() => remove(name, force), { kind: "conflict", message: `conflict: ${state}` });
  fixture.addContainer(CONTAINER, id, "running");
  assert.deepEqual(remove("app:2"), [{ untagged: "app:2" }]);
  const inUse = 'unable to remove repository reference "app:1" (must force) - container ' +
    "c0ffee000000 is using its referenced image 100000000000";
  refuses("app:1", false, inUse);
  const running = "unable to delete 100000000000 (cannot be forced) - image is being used by " +
    "running container c0ffee000000";
  refuses("1", false, running);
  refuses("1", true, running);
  fixture.database.run("UPDATE containers SET status = 'stopped'");
  refuses("app:1", false, inUse);
  refuses(
    "1",
    false,
    "unable to delete 100000000000 (must be forced) - image is being used by stopped container " +
      "c0ffee000000",
  );
  assert.deepEqual(remove("app:1", true), [{ untagged: "app:1" }]);
  refuses(
    "1",
    true,
    "unable to delete 100000000000 (cannot be forced) - image without a name belongs to " +
      "container c0ffee000000",
  );
  assert.equal(fixture.entries("layers").length, 1, "the container can still be started");
  fixture.database.run("DELETE FROM containers");
  assert.deepEqual(remove("1"), [{ deleted: id }, { deleted: digest("a") }]);
});

Deno.test("pruneImages() removes what has no tag, with all what has no container", async () => {
  await using fixture = new FixtureStore();
  const { store } = fixture;
  const dangling = addImage(fixture, { id: "1", layers: ["a"], digests: [`app@${DIGEST}`] });
  const used = addImage(fixture, { id: "2", layers: ["b"] });
  fixture.addContainer(CONTAINER, used, "stopped");
  const labels = { config: { Labels: { keep: "yes" } } };
  const kept = addImage(fixture, { id: "3", tags: ["three"], config: labels });
  const tagged = addImage(fixture, { id: "4", layers: ["a", "d"], tags: ["four"] });
  const prune = async (all: boolean, filters: Record<string, string[]> = {}) =>
    await pruneImages(store, { all, filters });
  assert.deepEqual((await prune(false, { until: [`${Date.parse("2023-12-31")}`] })).removals, []);
  const first = await prune(false);
  assert.deepEqual(first.removals, [{ untagged: `app@${DIGEST}` }, { deleted: dangling }]);
  // Its layer belongs to a tagged one.
  assert.equal(first.reclaimed, "configuration".length);
  assert.deepEqual(await prune(false), { removals: [], reclaimed: 0 });
  const second = await prune(true, { "label!": ["keep=yes"] });
  assert.deepEqual(second.removals, [
    { untagged: "four:latest" },
    { deleted: tagged },
    { deleted: digest("d") },
    { deleted: digest("a") },
  ]);
  assert.equal(second.reclaimed, 200 + "configuration".length + 2 * "compressed".length);
  const third = await prune(false, { dangling: ["false"] });
  assert.deepEqual(third.removals, [{ untagged: "three:latest" }, { deleted: kept }]);
  assert.deepEqual(fixture.entries("layers", "trash"), [`layers/${"b".padEnd(64, "0")}`]);
  await assert.rejects(prune(true, { reference: ["x"] }), {
    message: "invalid filter 'reference': known are dangling, label, label!, until",
  });
});
