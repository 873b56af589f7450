/**
 * How fast containers that live on are started, entered, listed and ended, and what they cost.
 *
 * @module
 */

import { bringAlpine, pushAlpine } from "./alpine.ts";
import type { Engine } from "./engines.ts";
import { output, residentOf, timed } from "./measure.ts";
import type { Subject, Target } from "./subject.ts";

const MANY = 100;
const AT_ONCE = 16;
const LISTED = 200;
const FLOOD = 1e9;
// It ends at once when it is asked to.
const OBEDIENT = ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"];

/** The subjects. */
export const LIFE_SUBJECTS: readonly Subject[] = [
  withContainers(
    "run -d, until it returns",
    { of: "docker", atMost: 0.25 },
    async (engine, image) => {
      const start = performance.now();
      const id = await output(engine.detach!(image, "sleep", "1000"));
      const took = performance.now() - start;
      await remove(engine, id);
      return took;
    },
  ),
  {
    ...lifeSubject("exec ID true", { of: "docker", atMost: 0.7 }),
    measurement: async (engine, { host }) => {
      if (!engine.detach) return undefined;
      await bringAlpine(engine, host);
      const id = await output(engine.detach(`${host}/alpine`, "sleep", "100000"));
      return () => timed(engine.invoke!("exec", id, "true"));
    },
  },
  withContainers("rm -f of a running one", { of: "docker", atMost: 0.6 }, async (engine, image) => {
    const id = await output(engine.detach!(image, "sleep", "1000"));
    return await timed(engine.invoke!("rm", "-f", id));
  }),
  withContainers("stop of one that ends on SIGTERM", {
    of: "docker",
    atMost: 1,
  }, async (engine, image) => {
    const id = await output(engine.detach!(image, ...OBEDIENT));
    const took = await timed(engine.invoke!("stop", id));
    await timed(engine.invoke!("rm", id));
    return took;
  }),
  {
    ...lifeSubject("ps -a, 200 containers", { of: "docker", atMost: 1 }),
    measurement: async (engine, { host }) => {
      if (!engine.create || !engine.ps) return undefined;
      await bringAlpine(engine, host);
      for (let count = 0; count < LISTED; count++) {
        await timed(engine.create(`${host}/alpine`, "true"));
      }
      return () => timed(engine.ps!);
    },
  },
  {
    // At least 120 MB/s.
    ...lifeSubject("1 GB through a run in the foreground", { atMost: 8333 }),
    slow: true,
    measurement: async (engine, { host }) => {
      if (!engine.foreground) return undefined;
      await bringAlpine(engine, host);
      const script = `yes ${"x".repeat(99)} | head -c ${FLOOD}`;
      const { argv, env = {} } = engine.foreground(`${host}/alpine`, "sh", "-c", script);
      const piped = ["sh", "-c", '"$@" | cat > /dev/null', "sh", ...argv];
      return () => timed({ argv: piped, env });
    },
  },
  {
    ...withContainers("16 at once, run --rm true", { of: "docker", atMost: 0.3 }, async (
      engine,
      image,
    ) => {
      const start = performance.now();
      await Promise.all(Array.from({ length: AT_ONCE }, () => timed(engine.runTrue(image))));
      return performance.now() - start;
    }),
    slow: true,
  },
  {
    ...withContainers("100 started one by one", { of: "docker", atMost: 0.3 }, async (
      engine,
      image,
    ) => {
      const start = performance.now();
      const ids = await startMany(engine, image);
      const took = performance.now() - start;
      await remove(engine, ...ids);
      return took;
    }),
    slow: true,
  },
  {
    ...withContainers("memory for 100 that sleep", { atMost: 30 }, async (engine, image) => {
      if (!engine.processes) throw new Error("its processes cannot be told from others'");
      const ids = await startMany(engine, image);
      await settle();
      const bytes = await residentOf(await engine.processes());
      await remove(engine, ...ids);
      return bytes / 1e6;
    }),
    unit: "MB",
    slow: true,
  },
];

function lifeSubject(
  title: string,
  target: Target,
): Omit<Subject, "measurement"> {
  return { title, group: "lives", unit: "ms", slow: false, target, prepare: pushAlpine };
}

/** A subject of which every measurement makes, and removes, containers of its own. */
function withContainers(
  title: string,
  target: Target,
  measure: (engine: Engine, image: string) => Promise<number>,
): Subject {
  return {
    ...lifeSubject(title, target),
    measurement: async (engine, { host }) => {
      if (!engine.detach) return undefined;
      await bringAlpine(engine, host);
      return () => measure(engine, `${host}/alpine`);
    },
  };
}

async function startMany(engine: Engine, image: string): Promise<string[]> {
  const ids: string[] = [];
  for (let count = 0; count < MANY; count++) {
    ids.push(await output(engine.detach!(image, "sleep", "100000")));
  }
  return ids;
}

/** Removes containers that run. */
async function remove(engine: Engine, ...ids: string[]): Promise<void> {
  // Podman's removal alone would ask each first, and wait ten seconds for what does not listen.
  await timed(engine.invoke!("kill", ...ids));
  await timed(engine.invoke!("rm", "-f", ...ids));
}

// What an engine gives back by itself, it gives back within this time.
const SETTLE_MILLISECONDS = 30_000;

async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MILLISECONDS));
}
