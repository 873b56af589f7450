/**
 * The small image that most subjects run.
 *
 * @module
 */

import { alpineImage } from "../../tests/harness/images.ts";
import { pushImage } from "../../tests/harness/image.ts";
import type { Registry } from "../../tests/harness/registry.ts";
import type { Engine } from "./engines.ts";
import { timed } from "./measure.ts";

/**
 * Pushes the image.
 *
 * @param registry Where to; it is `alpine` there.
 */
export async function pushAlpine(registry: Registry): Promise<void> {
  await pushImage(registry, "alpine:latest", await alpineImage({}));
}

/**
 * Puts the image into the store that containers run from.
 *
 * @param engine The engine, which can pull.
 * @param host The registry.
 */
export async function bringAlpine(engine: Engine, host: string): Promise<void> {
  await bring(engine, `${host}/alpine`);
}

/**
 * Puts an image into the store that containers run from.
 *
 * @param engine The engine, which can pull.
 * @param image The image's name.
 */
export async function bring(engine: Engine, image: string): Promise<void> {
  const { argv, env } = engine.pull!(image);
  const runs = engine.runTrue("").env;
  await timed({ argv, env: { ...env, ...runs } });
}
