/**
 * An image that is stored and ready to be pushed.
 *
 * @module
 */

import { parseConfig } from "../../config.ts";
import { file, type FixtureRegistry, FixtureStore, largeFile } from "../pull/_registry_fixture.ts";
import { parseReference } from "../spec/reference.ts";
import { tagImage } from "../records/tag.ts";
import type { WritableRegistry } from "./_writable_registry_fixture.ts";
import { type PushedImage, pushImage, type PushImageOptions } from "./mod.ts";

/** Bytes. */
export const MEGABYTE = 1024 * 1024;

/** A store with `host/app:1`, of a large layer and a small one, ready to be pushed. */
export async function prepared(
  registry: WritableRegistry,
  source: FixtureRegistry,
  bytes = 2 * MEGABYTE,
): Promise<{
  fixture: FixtureStore;
  name: string;
  pushed: Awaited<ReturnType<FixtureRegistry["push"]>>;
}> {
  const fixture = new FixtureStore();
  const pushed = await source.push("app:1", {
    layers: [largeFile("large", bytes), file("small", "small")],
  });
  await fixture.pull(`${source.host}/app:1`);
  const name = `${registry.host}/team/app:1`;
  tagImage(fixture.database, `${source.host}/app:1`, name);
  return { fixture, name, pushed };
}

/** Pushes an image; what is tried again is so up to three times. */
export async function push(
  fixture: FixtureStore,
  name: string,
  options: Partial<PushImageOptions> = {},
): Promise<PushedImage[]> {
  return await pushImage({
    store: fixture.store,
    config: parseConfig('{"max-download-attempts": 3}', "test"),
    reference: parseReference(name),
    allTags: false,
    ...options,
  });
}
