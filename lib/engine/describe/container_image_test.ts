import assert from "node:assert/strict";
import { containerImage } from "./container_image.ts";

const ID = `sha256:${"20e97229bfca".repeat(5)}0000`;
const OTHER = `sha256:${"3".repeat(64)}`;

Deno.test("containerImage() shows a name as it was given, without digest and defaults", () => {
  const digest = `@sha256:${"1".repeat(64)}`;
  const cases: [imageName: string, shown: string][] = [
    ["alpine", "alpine"],
    ["alpine:3", "alpine:3"],
    ["docker.io/library/alpine:latest", "alpine:latest"],
    ["docker.io/someone/app", "someone/app"],
    ["127.0.0.1:5000/app", "127.0.0.1:5000/app"],
    [`127.0.0.1:5000/app${digest}`, "127.0.0.1:5000/app"],
    [`127.0.0.1:5000/app:2${digest}`, "127.0.0.1:5000/app:2"],
    ["20e9", "20e9"],
    [ID, "20e97229bfca"],
    [ID.slice("sha256:".length), "20e97229bfca"],
  ];
  for (const [imageName, shown] of cases) {
    assert.equal(containerImage({ imageId: ID, imageName }, ID, true), shown);
    assert.equal(containerImage({ imageId: ID, imageName }, ID, false), imageName);
  }
});

Deno.test("containerImage() shows the id of an image whose name stands for another, or for none", () => {
  for (const now of [OTHER, undefined]) {
    const record = { imageId: ID, imageName: "alpine" };
    assert.equal(containerImage(record, now, true), "20e97229bfca");
    assert.equal(containerImage(record, now, false), ID);
  }
});

Deno.test("containerImage() shows the folder of a container without an image", () => {
  const record = { imageId: undefined, imageName: "/srv/root" };
  assert.equal(containerImage(record, undefined, true), "/srv/root");
});
