/**
 * How fast files get into a container, and out of it again.
 *
 * @module
 */

import { bringAlpine, pushAlpine } from "./alpine.ts";
import type { Engine } from "./engines.ts";
import { output, timed } from "./measure.ts";
import type { Subject } from "./subject.ts";

const LARGE = 250e6;
/** As `head` and `/dev/urandom` give it: nothing a copy could take a shortcut with. */
const MAKE_LARGE = `head -c ${LARGE} /dev/urandom > `;

/** A container, and a folder of the host. */
interface Sides {
  /** The container's id. */
  id: string;
  /** The folder. */
  directory: string;
}

/** The subjects. */
export const COPY_SUBJECTS: readonly Subject[] = [
  copySubject("cp of 250 MB into a container", async (_engine, { directory, id }) => {
    const source = `${directory}/large`;
    await timed({ argv: ["sh", "-c", MAKE_LARGE + source] });
    return ["cp", source, `${id}:/large`];
  }),
  copySubject("cp of 250 MB out of a container", async (engine, { directory, id }) => {
    await timed(engine.invoke!("exec", id, "sh", "-c", `${MAKE_LARGE}/large`));
    return ["cp", `${id}:/large`, `${directory}/large`];
  }),
];

function copySubject(
  title: string,
  prepare: (engine: Engine, sides: Sides) => Promise<string[]>,
): Subject {
  return {
    title,
    group: "cp",
    unit: "ms",
    slow: true,
    target: { of: "docker", atMost: 0.8 },
    prepare: pushAlpine,
    measurement: async (engine, { host }) => {
      if (!engine.detach) return undefined;
      await bringAlpine(engine, host);
      return async () => {
        const id = await output(engine.detach!(`${host}/alpine`, "sleep", "3600"));
        const directory = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-bench-cp-" });
        try {
          const copy = await prepare(engine, { directory, id });
          // What is still to be written would be written at this copy's cost.
          await timed({ argv: ["sync"] });
          return await timed(engine.invoke!(...copy));
        } finally {
          await timed(engine.invoke!("rm", "-f", id));
          await Deno.remove(directory, { recursive: true });
        }
      };
    },
  };
}
