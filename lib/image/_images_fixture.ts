/**
 * A store with images nobody pulled, for the tests.
 *
 * @module
 */

import type { Digest } from "./spec/digest.ts";
import { parseReference } from "./spec/reference.ts";
import type { FixtureStore } from "./pull/_registry_fixture.ts";
import { setTag } from "./records/tag.ts";

/** What an image of {@linkcode addImage} is made of. */
export interface StoredFixture {
  /** First digits of its ID. */
  id: string;
  /** First digits of its layers' diff IDs; a layer's blob has the same digits. */
  layers?: string[];
  /** Names with a tag. */
  tags?: string[];
  /** Names with a digest. */
  digests?: string[];
  /** Members of its configuration. */
  config?: Record<string, unknown>;
  /** When it was built. */
  created?: string;
}

/** A digest that begins with given digits. */
export function digest(digits: string): Digest {
  return `sha256:${digits.padEnd(64, "0")}` as Digest;
}

/** Puts an image into a store: its records, its layers' directories and its blobs. */
export function addImage(fixture: FixtureStore, image: StoredFixture): Digest {
  const { store, database } = fixture;
  const { layers = [], created = "2024-01-01T00:00:00Z" } = image;
  store.create();
  const id = digest(image.id);
  const config = {
    architecture: "amd64",
    os: "linux",
    created,
    rootfs: { type: "layers", diff_ids: layers.map(digest) },
    ...image.config,
  };
  for (const layer of new Set(layers)) {
    if (store.layers.has(digest(layer))) continue;
    Deno.mkdirSync(store.layout.incomingLayer(digest(layer)));
    store.layers.commit(digest(layer), 100);
    Deno.writeTextFileSync(store.layout.blob(digest(layer)), "compressed");
  }
  database.run(
    `INSERT INTO images (id, config, manifest_digest, size, created_at, pulled_at)
     VALUES (?, ?, ?, ?, ?, 0)`,
    id,
    JSON.stringify(config),
    digest(`${image.id}ff`),
    100 * layers.length,
    Date.parse(created) || 0,
  );
  layers.forEach((layer, position) =>
    database.run(
      "INSERT INTO image_layers VALUES (?, ?, ?, ?, 'gzip', 10)",
      id,
      position,
      digest(layer),
      digest(layer),
    )
  );
  for (const tag of image.tags ?? []) setTag(database, parseReference(tag), id);
  for (const name of image.digests ?? []) {
    const { registry, repository, digest } = parseReference(name);
    database.run(
      "INSERT INTO repository_digests VALUES (?, ?, ?)",
      `${registry}/${repository}`,
      digest!,
      id,
    );
  }
  Deno.writeTextFileSync(store.layout.blob(id), "configuration");
  return id;
}
