import assert from "node:assert/strict";
import { addImage, digest } from "../_images_fixture.ts";
import { findImage } from "./lookup.ts";
import { FixtureStore } from "../pull/_registry_fixture.ts";
import { layerDirectories, resolveImage } from "./resolve.ts";

Deno.test("findImage() takes names, digests, IDs and their first digits, names first", async () => {
  await using fixture = new FixtureStore();
  const ac = addImage(fixture, {
    id: "acb1",
    tags: ["alpine", "host:5000/a/b:3"],
    digests: [`alpine@${digest("1234")}`],
  });
  // A name that is the beginning of the other image's ID.
  const ad = addImage(fixture, { id: "ad", tags: ["acb"] });
  const cases: [name: string, id: string][] = [
    ["alpine", ac],
    ["docker.io/library/alpine:latest", ac],
    ["host:5000/a/b:3", ac],
    [`alpine@${digest("1234")}`, ac],
    [`alpine:other@${digest("1234")}`, ac],
    [ac, ac],
    [ac.slice("sha256:".length), ac],
    ["sha256:ac", ac],
    ["acb1", ac],
    ["acb", ad],
    ["sha256:acb", ac],
    ["ad", ad],
  ];
  for (const [name, id] of cases) {
    assert.equal(findImage(fixture.database, name).image.id, id, name);
  }
});

Deno.test("findImage() says what is missing, ambiguous or no name at all", async () => {
  await using fixture = new FixtureStore();
  addImage(fixture, { id: "ab12" });
  addImage(fixture, { id: "ab34" });
  const cases: [name: string, kind: string, message: string | RegExp][] = [
    ["nosuch", "notFound", "No such image: nosuch:latest"],
    ["nosuch:1", "notFound", "No such image: nosuch:1"],
    [digest("77"), "notFound", `No such image: ${digest("77")}`],
    ["77", "notFound", "No such image: 77:latest"],
    [
      "ab",
      "conflict",
      'Cannot find image "ab": several IDs begin with it (ab1200000000, ab3400000000), give more digits',
    ],
    ["UPPER", "invalid", /must be lowercase/],
    ["a b", "invalid", /invalid reference format/],
  ];
  for (const [name, kind, message] of cases) {
    assert.throws(() => findImage(fixture.database, name), { kind, message }, name);
  }
});

Deno.test("resolveImage() gives each layer's directory once, where it hides the most", async () => {
  await using fixture = new FixtureStore();
  addImage(fixture, {
    id: "1",
    layers: ["a", "e", "b", "e", "a", "c"],
    tags: ["alpine"],
    config: { config: { Cmd: ["/bin/sh"] } },
  });
  const { config, layers, name, references } = resolveImage(fixture.store, "alpine");
  const path = (digits: string) => `${fixture.root}/layers/${digits.padEnd(64, "0")}`;
  assert.deepEqual(layers, ["b", "e", "a", "c"].map(path));
  assert.deepEqual(layerDirectories(fixture.store, config), layers);
  assert.deepEqual(config.config.Cmd, ["/bin/sh"]);
  assert.equal(name, "alpine:latest");
  assert.equal(references.length, 1);
});
