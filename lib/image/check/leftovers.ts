/**
 * Leftovers of pulls and removals that did not end well.
 *
 * @module
 */

import { FileLock, type ImageStore, sweep } from "../store/mod.ts";
import type { CheckOptions } from "./blobs.ts";
import { expectedBlobs } from "./expected_blobs.ts";

/**
 * Looks for what belongs to no image; with a repair, removes it, unless a pull is going on.
 *
 * @param options The store, and whether to remove it.
 */
export async function checkLeftovers(options: CheckOptions): Promise<void> {
  const { store, report, repair } = options;
  const object = "leftovers";
  const found = await describeLeftovers(store);
  if (found === undefined) return;
  if (!repair) return report({ object, problem: found, outcome: "noted" });
  {
    // What looks like a leftover may be what a pull is at work on.
    using alone = FileLock.tryAcquire(store.layout.pullsLock, "alone");
    if (!alone) {
      const remedy = "an image is being pulled or made";
      return report({ object, problem: found, outcome: "noted", remedy });
    }
  }
  await sweep(store);
  report({ object, problem: found, outcome: "repaired", remedy: "removed" });
}

async function describeLeftovers(store: ImageStore): Promise<string | undefined> {
  const { database, layout } = store;
  const blobs = expectedBlobs(database);
  const files = await Promise.all(
    ["sha256", "sha512"].map((algorithm) =>
      names(`${layout.root}/blobs/${algorithm}`, (name) => `${algorithm}:${name}`)
    ),
  );
  const used = database.all<{ path: string }>("SELECT DISTINCT diff_id AS path FROM image_layers")
    .map(({ path }) => path.slice(path.indexOf(":") + 1));
  const layers = await names(`${layout.root}/layers`);
  const parts: [count: number, what: string][] = [
    [files.flat().filter((digest) => !blobs.has(digest as never)).length, "blobs"],
    [layers.filter((name) => !used.includes(name)).length, "layers"],
    [layout.shiftedLayers().filter(({ hex }) => !used.includes(hex)).length, "copies of layers"],
    [(await names(layout.incoming)).length, "unfinished downloads"],
    [(await names(layout.trash)).length, "removed things that are not deleted yet"],
  ];
  const text = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return text.length === 0 ? undefined : text.join(", ");
}

async function names(
  folder: string,
  map: (name: string) => string = (name) => name,
): Promise<string[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder), ({ name }) => map(name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
