/**
 * Measurements of archives and commits.
 *
 * @module
 */

import type { Registry } from "../../tests/harness/registry.ts";
import { bring, bringAlpine, pushAlpine } from "./alpine.ts";
import type { Engine } from "./engines.ts";
import { fiveLayers } from "./five_layers.ts";
import { output, peakOfCommand, peakOfDaemons, timed } from "./measure.ts";
import type { Subject } from "./subject.ts";

const IMAGE = "bench-gzip";
let isPushed = false;

/** `save`, `load` and `commit`. */
export const ARCHIVE_SUBJECTS: readonly Subject[] = [
  {
    title: "save, 5 layers, 675 MB",
    group: "save",
    unit: "ms",
    slow: true,
    target: { of: "docker", atMost: 0.7 },
    prepare: pushLarge,
    measurement: (engine, registry) =>
      archived(engine, registry, async (invoke, image, file) => {
        await timed({ argv: ["sync"] });
        const took = await timed(invoke("save", "-o", file, image));
        await Deno.remove(file);
        return took;
      }),
  },
  {
    title: "load, 5 layers, 675 MB",
    group: "load",
    unit: "ms",
    slow: true,
    target: { of: "docker", atMost: 0.7 },
    prepare: pushLarge,
    measurement: (engine, registry) =>
      archived(engine, registry, async (invoke, image, file) => {
        await timed(invoke("save", "-o", file, image));
        await timed(invoke("rmi", "-f", image));
        await timed({ argv: ["sync"] });
        const took = await timed(invoke("load", "-i", file));
        await Deno.remove(file);
        return took;
      }),
  },
  {
    title: "peak memory of a load, 675 MB",
    group: "load",
    unit: "MB",
    slow: true,
    target: { atMost: 80 },
    prepare: pushLarge,
    measurement: (engine, registry) =>
      archived(engine, registry, async (invoke, image, file) => {
        await timed(invoke("save", "-o", file, image));
        await timed(invoke("rmi", "-f", image));
        const { daemons } = engine;
        const loading = invoke("load", "-i", file);
        const peak = daemons === undefined
          ? await peakOfCommand(loading)
          : await peakOfDaemons(loading, daemons);
        await Deno.remove(file);
        return peak / 1e6;
      }),
  },
  {
    title: "commit, 50 MB changed",
    group: "commit",
    unit: "ms",
    slow: false,
    target: { of: "docker", atMost: 0.9 },
    prepare: pushAlpine,
    measurement: async (engine, { host }) => {
      const { detach, invoke } = engine;
      if (invoke === undefined || detach === undefined) return undefined;
      await bringAlpine(engine, host);
      const script = "head -c 50000000 /dev/urandom > /changed";
      const id = await output(detach(`${host}/alpine`, "sh", "-c", script));
      await timed(invoke("wait", id));
      return async () => {
        const took = await timed(invoke("commit", id, "bench-commit"));
        await timed(invoke("rmi", "-f", "bench-commit"));
        return took;
      };
    },
  },
];

async function pushLarge(registry: Registry): Promise<void> {
  if (!isPushed) await fiveLayers("gzip")(registry, `${IMAGE}:latest`);
  isPushed = true;
}

/** With the image in the store, and a file to archive it to. */
async function archived(
  engine: Engine,
  { host }: Registry,
  measure: (
    invoke: NonNullable<Engine["invoke"]>,
    image: string,
    file: string,
  ) => Promise<number>,
): Promise<(() => Promise<number>) | undefined> {
  const { invoke } = engine;
  if (invoke === undefined) return undefined;
  const image = `${host}/${IMAGE}:latest`;
  await bring(engine, image);
  const file = await Deno.makeTempFile({ dir: "/var/tmp", prefix: "tsd-bench-" });
  await Deno.remove(file);
  return () => measure(invoke, image, file);
}
