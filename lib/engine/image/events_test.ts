import assert from "node:assert/strict";
import type { Digest } from "../../image/spec/digest.ts";
import { Database, readEvents } from "../../state/mod.ts";
import { recordRemovals } from "./events.ts";

const [ONE, TWO, LAYER] = [..."123"].map((digit) => `sha256:${digit.repeat(64)}` as Digest);

async function recorded(
  removals: Parameters<typeof recordRemovals>[1],
  kept?: string,
): Promise<string[]> {
  const root = await Deno.makeTempDir();
  try {
    using database = Database.open(root);
    const images = new Map([[ONE!, { a: "1" }], [TWO!, {}]]);
    recordRemovals(database, removals, images, kept);
    return readEvents(database, 0).map(({ action, actorId, attributes, type }) => {
      assert.equal(type, "image");
      assert.equal(attributes.name, actorId);
      assert.equal(attributes.a, actorId === ONE ? "1" : undefined);
      return `${action} ${actorId.slice(7, 8)}`;
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("recordRemovals() tells of names and images, not of layers", async () => {
  const removals = [
    { untagged: "one:1" },
    { untagged: "one@sha256:x" },
    { deleted: ONE! },
    { deleted: LAYER! },
    { untagged: "two:1" },
    { deleted: TWO! },
  ];
  assert.deepEqual(await recorded(removals), [
    "untag 1",
    "untag 1",
    "delete 1",
    "untag 2",
    "delete 2",
  ]);
});

Deno.test("recordRemovals() tells of a name of an image that stays", async () => {
  assert.deepEqual(await recorded([{ untagged: "one:1" }], ONE), ["untag 1"]);
  assert.deepEqual(await recorded([], ONE), []);
});
