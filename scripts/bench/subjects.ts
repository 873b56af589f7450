/**
 * What is measured.
 *
 * @module
 */

import { buildImage, pushImage } from "../../tests/harness/image.ts";
import { type Registry, startRegistry } from "../../tests/harness/registry.ts";
import { ARCHIVE_SUBJECTS } from "./archives.ts";
import { layerTar } from "./content.ts";
import { fiveLayers } from "./five_layers.ts";
import { bring, bringAlpine, pushAlpine } from "./alpine.ts";
import { LIFE_SUBJECTS } from "./lives.ts";
import { COPY_SUBJECTS } from "./copies.ts";
import { LOG_SUBJECTS } from "./logs.ts";
import { SECURITY_SUBJECTS } from "./security.ts";
import type { Subject } from "./subject.ts";
import { peakOfCommand, peakOfDaemons, timed } from "./measure.ts";

/** All subjects, in the table's order. */
export const SUBJECTS: readonly Subject[] = [
  {
    title: "run --rm --network none IMAGE true",
    group: "run",
    unit: "ms",
    slow: false,
    target: { of: "docker", atMost: 0.25 },
    prepare: pushAlpine,
    measurement: async (engine, { host }) => {
      if (engine.pull !== undefined) await bringAlpine(engine, host);
      return () => timed(engine.runTrue(`${host}/alpine`));
    },
  },
  pullSubject("pull, 5 layers, 250 MB gzip", "bench-gzip", fiveLayers("gzip"), 0.7),
  pullSubject("pull, 5 layers, 250 MB zstd", "bench-zstd", fiveLayers("zstd")),
  pullSubject("pull, 60 layers, 20,000 small files", "bench-small", sixtyLayers, 0.6),
  {
    ...pullSubject("peak memory of a pull, 250 MB gzip", "bench-gzip", fiveLayers("gzip")),
    group: "memory",
    unit: "MB",
    target: { atMost: 80 },
    measurement: (engine, { host }) => {
      const { pull, daemons } = engine;
      if (pull === undefined || daemons?.length === 0) return Promise.resolve(undefined);
      const image = `${host}/bench-gzip:latest`;
      return Promise.resolve(async () => {
        const invocation = pull(image);
        const peak = daemons === undefined
          ? await peakOfCommand(invocation)
          : await peakOfDaemons(invocation, daemons);
        await engine.empty?.(image);
        return peak / 1e6;
      });
    },
  },
  {
    title: "push, 5 layers, 250 MB gzip",
    group: "push",
    unit: "ms",
    slow: true,
    target: { of: "docker", atMost: 0.8 },
    prepare: (registry) => fiveLayers("gzip")(registry, "bench-gzip:latest"),
    measurement: async (engine, { host }) => {
      const { push, invoke } = engine;
      if (push === undefined || invoke === undefined) return undefined;
      const source = `${host}/bench-gzip:latest`;
      await bring(engine, source);
      return async () => {
        // An empty one each time: nothing is there already, or could be mounted.
        await using empty = await startRegistry();
        const image = `${empty.host}/bench:latest`;
        await timed(invoke("tag", source, image));
        await timed({ argv: ["sync"] });
        const took = await timed(push(image));
        // Nor does it keep its layers in the store, which would make a later load of them quick.
        await timed(invoke("rmi", image));
        return took;
      };
    },
  },
  listSubject("ps -a, 5 containers", "ps"),
  listSubject("images", "images"),
  ...LIFE_SUBJECTS,
  ...LOG_SUBJECTS,
  ...ARCHIVE_SUBJECTS,
  ...SECURITY_SUBJECTS,
  ...COPY_SUBJECTS,
];

function pullSubject(
  title: string,
  repository: string,
  push: (registry: Registry, name: string) => Promise<void>,
  atMost?: number,
): Subject {
  let pushed = false;
  return {
    title,
    group: "pull",
    unit: "ms",
    slow: true,
    ...(atMost === undefined ? {} : { target: { of: "docker", atMost } }),
    prepare: async (registry) => {
      if (!pushed) await push(registry, `${repository}:latest`);
      pushed = true;
    },
    measurement: ({ pull, empty }, { host }) => {
      if (pull === undefined) return Promise.resolve(undefined);
      const image = `${host}/${repository}:latest`;
      return Promise.resolve(async () => {
        // What the engine before left to write would be written at this one's cost.
        await timed({ argv: ["sync"] });
        const took = await timed(pull(image));
        await empty?.(image);
        return took;
      });
    },
  };
}

function listSubject(title: string, list: "ps" | "images"): Subject {
  return {
    title,
    group: "list",
    unit: "ms",
    slow: false,
    target: { of: "docker", atMost: 1.6 },
    prepare: pushAlpine,
    measurement: async (engine, { host }) => {
      const invocation = engine[list];
      if (invocation === undefined) return undefined;
      await bringAlpine(engine, host);
      for (let count = 0; list === "ps" && count < 5; count++) {
        await timed(engine.leave!(`${host}/alpine`));
      }
      return () => timed(invocation);
    },
  };
}

async function sixtyLayers(registry: Registry, name: string): Promise<void> {
  const layers = [];
  for (let seed = 101; seed <= 160; seed++) {
    layers.push({ tar: await layerTar({ seed, files: 334, smallest: 100, largest: 8000 }) });
  }
  await pushImage(registry, name, await buildImage({ layers }));
}
