/**
 * An image of the size that people pull: five layers, 675 MB of files, 250 MB compressed.
 *
 * @module
 */

import { buildImage, type Compression, pushImage } from "../../tests/harness/image.ts";
import type { Registry } from "../../tests/harness/registry.ts";
import { layerTar } from "./content.ts";

/**
 * Makes what pushes the image.
 *
 * @param compression How its layers are compressed.
 * @returns Pushes it to a registry under a name.
 */
export function fiveLayers(
  compression: Compression,
): (registry: Registry, name: string) => Promise<void> {
  return async (registry, name) => {
    const layers = [];
    for (let seed = 1; seed <= 5; seed++) {
      const tar = await layerTar({ seed, files: 1000, smallest: 500, largest: 270_000 });
      layers.push({ tar, compression });
    }
    await pushImage(registry, name, await buildImage({ layers }));
  };
}
